//! The adapter `maya`. Maya only needs pyblish-base: if no bridge is running, the adapter sends one
//! through Maya's command port. It uses a bridge that `userSetup.py` has started.

mod command_port;
mod delivery;

use pyblish_host::{Description, Host, Opening, Result, RunningHost, Setting};

use command_port::{CommandPort, Language};

/// Maya with a window, and `mayapy` if the bridge was started there.
pub struct Maya;

impl Host for Maya {
    const NAME: &str = "maya";
    const VERSION: &str = env!("CARGO_PKG_VERSION");
    const DOC: &str = "Publishes from Maya, and starts the bridge there through its command port.";

    fn needs(description: Description) -> Description {
        description
            .running_host(RunningHost::new(Self::NAME).optional().start(
                "Start Maya and open its command port, in MEL: commandPort -name \"127.0.0.1:7001\"; \
                 or start the bridge there, after `pyblish-endpoint host install maya`.",
            ))
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
                    "The language of the command port, mel or python: the sourceType that it was \
                     opened with.",
                )
                .default("mel"),
            )
            .address("127.0.0.1:{command-port}")
    }

    fn start_bridge(opening: &Opening) -> Result<u32> {
        let command_port: u16 = opening.settings.get("command-port")?;
        let language: String = opening.settings.get("command-language")?;
        let address = format!("127.0.0.1:{command_port}");
        let mut maya = CommandPort::connect(&address, Language::named(&language)?)?;
        delivery::start(&mut maya)
    }
}

pyblish_host::export!(Maya);
