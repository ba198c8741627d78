/// A colour of text on a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    Green,
    Yellow,
    Red,
}

impl Colour {
    /// Whether output may have colours, if it is a terminal. See https://no-color.org.
    pub fn is_wanted(is_terminal: bool) -> bool {
        let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        is_terminal && !refused
    }

    /// The text in this colour. Line breaks at its end stay outside of it.
    pub fn paint(self, text: &str) -> String {
        let code = match self {
            Colour::Green => 32,
            Colour::Yellow => 33,
            Colour::Red => 31,
        };
        let body = text.trim_end_matches('\n');
        if body.is_empty() {
            return text.to_owned();
        }
        format!("\x1b[{code}m{body}\x1b[0m{}", &text[body.len()..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_text_is_painted() {
        assert_eq!(Colour::Red.paint("no\n"), "\x1b[31mno\x1b[0m\n");
        assert_eq!(Colour::Green.paint("\n"), "\n");
    }
}
