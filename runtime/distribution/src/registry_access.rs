//! Who the user is at a registry: nobody, a name with a password, or the bearer of a token.
//!
//! The registry is asked once. Where it wants a token, that comes from the server that it names, for
//! the one name that is meant, and to read. The login goes to that server instead of to the registry.
//! The answer has a limit, as all answers have.

use std::sync::{Mutex, PoisonError};

use reqwest::{Client, RequestBuilder, Response, StatusCode, Url};
use serde::Deserialize;

use super::challenge::Challenge;
use super::download::body;
use super::{Image, Login, Network, NetworkError};

/// The largest answer with a token: some servers put all that a user may do into it.
const LARGEST_TOKEN: u64 = 64 << 10;

/// What is sent along with a request.
#[derive(Clone)]
enum Proof {
    Nothing,
    Password(Login),
    Token(String),
}

/// Who the user is at a registry.
pub(crate) struct RegistryAccess<'a> {
    network: &'a Network,
    image: Image,
    login: Option<Login>,
    /// What the registry wants. None before it was asked.
    proof: Mutex<Option<Proof>>,
}

/// An answer with a token. Servers give it one of two names, or both.
#[derive(Deserialize)]
struct TokenAnswer {
    token: Option<String>,
    access_token: Option<String>,
}

impl<'a> RegistryAccess<'a> {
    /// For what this image names. Nothing is asked yet.
    pub(crate) fn new(network: &'a Network, image: &Image, login: Option<Login>) -> Self {
        RegistryAccess {
            network,
            image: image.clone(),
            login,
            proof: Mutex::new(None),
        }
    }

    /// Sends a request, as whom the registry wants. A token counts for a minute or so; if it counts
    /// no more, another one is fetched.
    pub(crate) async fn send(
        &self,
        client: &Client,
        request: impl Fn() -> RequestBuilder,
    ) -> Result<Response, NetworkError> {
        let proof = match self.known() {
            Some(proof) => proof,
            None => self.prove(client).await?,
        };
        let response = self.send_with(request(), &proof).await?;
        let is_refused = response.status() == StatusCode::UNAUTHORIZED;
        if !(is_refused && matches!(proof, Proof::Token(_))) {
            return Ok(response);
        }
        let proof = self.prove(client).await?;
        self.send_with(request(), &proof).await
    }

    async fn send_with(
        &self,
        request: RequestBuilder,
        proof: &Proof,
    ) -> Result<Response, NetworkError> {
        let request = match proof {
            Proof::Nothing => request,
            Proof::Password(login) => request.basic_auth(&login.user, Some(&login.password)),
            Proof::Token(token) => request.bearer_auth(token),
        };
        let sent = request.send().await;
        sent.map_err(|error| self.failed(&error))
    }

    fn known(&self) -> Option<Proof> {
        // A panic elsewhere leaves no half-written value.
        let proof = self.proof.lock().unwrap_or_else(PoisonError::into_inner);
        proof.clone()
    }

    /// Asks the registry what it wants, and gets that.
    async fn prove(&self, client: &Client) -> Result<Proof, NetworkError> {
        let asked = client.get(self.network.registry_url(&self.image, "")?);
        let asked = asked.send().await.map_err(|error| self.failed(&error))?;
        let proof = match (Challenge::of(asked.headers()), &self.login) {
            (None, _) | (Some(Challenge::Basic), None) => Proof::Nothing,
            (Some(Challenge::Basic), Some(login)) => Proof::Password(login.clone()),
            (Some(Challenge::Token { realm, service }), _) => {
                Proof::Token(self.token(client, &realm, service.as_deref()).await?)
            }
        };
        let mut known = self.proof.lock().unwrap_or_else(PoisonError::into_inner);
        *known = Some(proof.clone());
        Ok(proof)
    }

    async fn token(
        &self,
        client: &Client,
        realm: &str,
        service: Option<&str>,
    ) -> Result<String, NetworkError> {
        let failed = |answer: String| NetworkError::Failed {
            address: self.image.to_string(),
            answer,
        };
        let mut url = Url::parse(realm)
            .map_err(|error| failed(format!("no address for tokens ({realm:?}: {error})")))?;
        // A password goes there.
        if !self.network.may_ask(&url) {
            return Err(NetworkError::PlainRedirect {
                address: self.image.to_string(),
                to: url.to_string(),
            });
        }
        let scope = format!("repository:{}:pull", self.image.repository());
        url.query_pairs_mut()
            .extend_pairs(service.map(|it| ("service", it)))
            .append_pair("scope", &scope);
        let request = client.get(url.clone());
        let request = match &self.login {
            Some(login) => request.basic_auth(&login.user, Some(&login.password)),
            None => request,
        };
        let response = request.send().await.map_err(|error| self.failed(&error))?;
        match response.status() {
            StatusCode::OK => {}
            status @ (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => {
                return Err(NetworkError::Denied {
                    address: self.image.to_string(),
                    status: status.as_u16(),
                });
            }
            status => {
                let place = url.host_str().unwrap_or_default();
                return Err(failed(format!("no token (HTTP {status} from {place})")));
            }
        }
        let bytes = body(response, LARGEST_TOKEN).await;
        let bytes = bytes.map_err(|error| self.failed(&error))?;
        let bytes = bytes.ok_or_else(|| NetworkError::LargeAnswer {
            address: url.to_string(),
            limit: LARGEST_TOKEN,
        })?;
        let answer = serde_json::from_slice::<TokenAnswer>(&bytes).ok();
        let token = answer.and_then(|it| it.token.or(it.access_token));
        token.ok_or_else(|| failed("no token that can be read".into()))
    }

    fn failed(&self, error: &reqwest::Error) -> NetworkError {
        self.network.failed(&self.image.to_string(), error)
    }
}
