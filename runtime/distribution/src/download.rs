//! Adapters on web servers: a file, and its signature beside it.

use reqwest::{Client, Response, StatusCode};

use super::{Network, NetworkError, SIGNATURE_EXTENSION, WebAddress};

/// The largest signature: a few lines.
const LARGEST_SIGNATURE: u64 = 4096;

/// Fetches a file of at most `limit` bytes, and its signature if it has one.
pub(crate) async fn download(
    network: &Network,
    address: &WebAddress,
    limit: u64,
) -> Result<(Vec<u8>, Option<String>), NetworkError> {
    let shown = address.to_string();
    let client = network.web(&shown)?;
    network
        .in_time(&shown, async {
            let bytes = get(network, &client, address, limit).await?;
            let bytes = bytes.ok_or_else(|| NetworkError::NotThere {
                address: shown.clone(),
                tags: Vec::new(),
            })?;
            let beside = address.with(SIGNATURE_EXTENSION);
            let signature = get(network, &client, &beside, LARGEST_SIGNATURE).await?;
            let signature = signature.map(String::from_utf8).transpose();
            let signature = signature.map_err(|_| NetworkError::Failed {
                address: beside.to_string(),
                answer: "something that is no text".into(),
            })?;
            Ok((bytes, signature))
        })
        .await
}

/// What is at this address. None if nothing is.
async fn get(
    network: &Network,
    client: &Client,
    address: &WebAddress,
    limit: u64,
) -> Result<Option<Vec<u8>>, NetworkError> {
    let shown = address.to_string();
    let failed = |error: reqwest::Error| network.failed(&shown, &error);
    let response = client.get(address.url().clone()).send().await;
    let response = response.map_err(failed)?;
    match response.status() {
        StatusCode::OK => {}
        StatusCode::NOT_FOUND | StatusCode::GONE => return Ok(None),
        status @ (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => {
            return Err(NetworkError::NoLogin {
                address: shown,
                status: status.as_u16(),
            });
        }
        status => {
            return Err(NetworkError::Failed {
                address: shown,
                answer: format!("HTTP {status}"),
            });
        }
    }
    let bytes = body(response, limit).await.map_err(failed)?;
    bytes.map(Some).ok_or(NetworkError::TooLarge {
        address: shown,
        limit,
    })
}

/// The body of an answer. None if it is larger.
pub(crate) async fn body(
    mut response: Response,
    limit: u64,
) -> Result<Option<Vec<u8>>, reqwest::Error> {
    if response
        .content_length()
        .is_some_and(|length| length > limit)
    {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    while let Some(piece) = response.chunk().await? {
        if (bytes.len() + piece.len()) as u64 > limit {
            return Ok(None);
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(Some(bytes))
}
