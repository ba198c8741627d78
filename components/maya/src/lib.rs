//! The adapter `maya`, which needs nothing installed in Maya but pyblish-base: where no bridge runs, it sends one
//! through Maya's command port. A bridge that `userSetup.py` has started is taken as it is.

mod command_port;
mod delivery;

use pyblish_host::{Description, Found, Host, Opening, Result, Setting};

use command_port::{CommandPort, Language};

/// Maya with a window, and `mayapy` where the bridge was started there.
pub struct Maya;

impl Host for Maya {
    const NAME: &str = "maya";
    const VERSION: &str = env!("CARGO_PKG_VERSION");
    const DOC: &str = "Publishes from Maya, and starts the bridge there through its command port.";

    fn needs(description: Description) -> Description {
        description
            .optional_bridge(Self::NAME)
            .setting(
                Setting::integer(
                    "command-port",
                    "Maya's command port, as in: commandPort -name \"127.0.0.1:7001\".",
                )
                .default(7001),
            )
            .setting(
                Setting::text(
                    "command-language",
                    "What the command port takes, mel or python: the sourceType that it was opened with.",
                )
                .default("mel"),
            )
            .setting(
                Setting::integer("port", "Where the bridge that is sent to Maya is to listen.")
                    .default(7003),
            )
            .address("127.0.0.1:{command-port}")
            .address("127.0.0.1:{port}")
    }

    fn start_bridge(opening: &Opening) -> Result<Found> {
        let command_port: u16 = opening.settings.get("command-port")?;
        let language: String = opening.settings.get("command-language")?;
        let port: u16 = opening.settings.get("port")?;
        let address = format!("127.0.0.1:{command_port}");
        let mut maya = CommandPort::connect(&address, Language::named(&language)?)?;
        delivery::start(&mut maya, port)
    }
}

pyblish_host::export!(Maya);
