//! Tells others when a run has ended: a program by a CloudEvent, a studio's chat by a text.
//!
//! # Policy
//!
//! - **A message is as true as the run.** It is written in the transaction that ends the run
//!   (`outbox`), so there is one if and only if the run is there. It is sent afterwards, by any of
//!   the hubs (`courier`), at least once; each try has the same `webhook-id`.
//! - **Whoever gets it can check it.** It is signed as Standard Webhooks say (`signature`).
//! - **A webhook is not a way into this network.** An address that its name leads to is looked at
//!   before anything connects to it (`reach`), and a redirect is not followed.
//! - **Nothing waits for a webhook**: not the machines, not the readers, not the other webhooks.
//! - **Nothing is lost in silence.** What nobody takes after all tries is kept, is listed, and can be
//!   sent again (`failed`).

pub mod commands;
mod courier;
mod event;
pub mod failed;
mod filter;
mod message;
mod outbox;
mod reach;
mod signature;
pub mod store;
mod template;
mod whom;

pub use courier::WebhookConfig;
pub(crate) use courier::{WebhookClient, client, start};
pub use filter::RunFilter;
pub(crate) use outbox::write as write_messages;
pub use signature::SigningSecret;
pub use template::{Template, TemplateError};
pub use whom::{NewWebhook, WebhookError, WebhookUrl};
