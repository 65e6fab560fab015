//! An S3-compatible object store: files go in whole, are listed and removed; every request is signed.

mod error;
mod exchange;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use rusty_s3::actions::{CreateMultipartUpload, ListObjectsV2};
use rusty_s3::{Bucket, Credentials, S3Action, UrlStyle};
use tokio::fs::File;
use tokio::io::AsyncReadExt;
use url::Url;

pub use error::StoreError;
use exchange::{Ask, Asked, Exchange};

use super::guard::{GuardedResolver, SystemLookup};
use super::transport::build;
use crate::model::fetch_settings::{FetchSettings, PrivateAddresses};

/// Larger files go in parts of this size, so that no more than one part stands in memory.
pub const PART: u64 = 16 << 20;

/// How long a signature is good for; each request has its own.
const SIGNED_FOR: Duration = Duration::from_hours(1);

/// What tells the store who asks.
#[derive(Clone)]
pub struct StoreKey {
    /// Access key id.
    pub access: String,
    /// Secret key; never shown.
    pub secret: String,
    /// Session token of a temporary key.
    pub token: Option<String>,
}

impl std::fmt::Debug for StoreKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StoreKey")
    }
}

/// Which bucket of which store.
#[derive(Clone, Debug)]
pub struct StoreAddress {
    /// The store.
    pub endpoint: Url,
    /// Its region, which is signed.
    pub region: String,
    /// Where the bucket stands in addresses.
    pub style: BucketStyle,
    /// The bucket's name.
    pub bucket: String,
}

/// Where the bucket stands in addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BucketStyle {
    /// `https://store/bucket/key`.
    Path,
    /// `https://bucket.store/key`.
    Host,
}

/// How patient a store is treated.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// Times a request is sent before it is given up.
    pub tries: u32,
    /// Pause before the second time; doubled each time after.
    pub pause: Duration,
    /// Longest time for one request, its body of one part included.
    pub longest: Duration,
    /// Bytes from which a file goes in parts, and the size of a part.
    pub part: u64,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            tries: 6,
            pause: Duration::from_millis(500),
            longest: Duration::from_mins(5),
            part: PART,
        }
    }
}

/// What time it is, for signatures.
pub type Now = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// One bucket.
pub struct ObjectStore {
    bucket: Bucket,
    credentials: Option<Credentials>,
    exchange: Exchange,
    part: u64,
    now: Now,
}

impl ObjectStore {
    /// Opens a bucket; nothing is sent yet. The operator names the store, so it may stand in a private network.
    pub fn new(
        settings: &FetchSettings,
        address: &StoreAddress,
        key: Option<&StoreKey>,
        patience: Patience,
        now: Now,
    ) -> Result<Self, StoreError> {
        let style = match address.style {
            BucketStyle::Path => UrlStyle::Path,
            BucketStyle::Host => UrlStyle::VirtualHost,
        };
        let bucket = Bucket::new(
            address.endpoint.clone(),
            style,
            address.bucket.clone(),
            address.region.clone(),
        )
        .map_err(|error| StoreError::Address {
            endpoint: address.endpoint.to_string(),
            bucket: address.bucket.clone(),
            reason: error.to_string(),
        })?;
        let credentials = key.map(|key| match &key.token {
            Some(token) => Credentials::new_with_token(&key.access, &key.secret, token),
            None => Credentials::new(&key.access, &key.secret),
        });
        let resolver = GuardedResolver::new(
            Arc::new(SystemLookup),
            PrivateAddresses::Allowed,
            settings.connect_timeout,
        );
        let (http, _trust) = build(settings, &Arc::new(resolver)).map_err(StoreError::Client)?;
        Ok(Self {
            exchange: Exchange::new(http, &address.bucket, settings.connect_timeout, patience),
            bucket,
            credentials,
            part: patience.part,
            now,
        })
    }

    /// Stores a file under a key. A store shows an object only when it is whole.
    pub async fn put_file(
        &self,
        key: &str,
        path: &Path,
        media_type: &str,
    ) -> Result<(), StoreError> {
        let local = |source| StoreError::File {
            path: path.to_owned(),
            source,
        };
        let mut file = File::open(path).await.map_err(local)?;
        let size = file.metadata().await.map_err(local)?.len();
        if size <= self.part {
            let body = part(&mut file, self.part).await.map_err(local)?;
            let action = self.bucket.put_object(self.credentials(), key);
            let ask = Ask::put(key, body).typed(media_type);
            self.send(&action, ask).await?;
            return Ok(());
        }
        let mut action = self.bucket.create_multipart_upload(self.credentials(), key);
        // Signed with the request, because the type belongs to the object that will be.
        action
            .headers_mut()
            .insert("content-type", media_type.to_owned());
        let answer = self.send(&action, Ask::post(key).typed(media_type)).await?;
        let created = CreateMultipartUpload::parse_response(&answer.text)
            .map_err(|error| StoreError::unreadable(self.name(), key, &error))?;
        let upload = created.upload_id();
        match self.parts(key, upload, &mut file, path).await {
            Ok(()) => Ok(()),
            Err(error) => {
                let abort = self
                    .bucket
                    .abort_multipart_upload(self.credentials(), key, upload);
                // The parts cost money until somebody removes them; the first fault is the one to tell.
                if let Err(second) = self.send(&abort, Ask::delete(key)).await {
                    tracing::warn!(error = %second, "the parts of an upload could not be removed");
                }
                Err(error)
            }
        }
    }

    async fn parts(
        &self,
        key: &str,
        upload: &str,
        file: &mut File,
        path: &Path,
    ) -> Result<(), StoreError> {
        let mut tags = vec![];
        loop {
            let body = part(file, self.part).await;
            let body = body.map_err(|source| StoreError::File {
                path: path.to_owned(),
                source,
            })?;
            if body.is_empty() {
                break;
            }
            let number = u16::try_from(tags.len() + 1).map_err(|_many| StoreError::TooLarge {
                path: path.to_owned(),
            })?;
            let action = self
                .bucket
                .upload_part(self.credentials(), key, number, upload);
            let answer = self.send(&action, Ask::put(key, body)).await?;
            tags.push(answer.etag.ok_or_else(|| {
                StoreError::unreadable(self.name(), key, &"a part without an ETag")
            })?);
        }
        let tags = tags.iter().map(String::as_str);
        let action = self
            .bucket
            .complete_multipart_upload(self.credentials(), key, upload, tags);
        let body = action.clone().body();
        self.send(&action, Ask::post(key).with(body)).await?;
        Ok(())
    }

    /// The keys that begin with a prefix.
    pub async fn list(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        let mut keys = vec![];
        let mut next: Option<String> = None;
        loop {
            let mut action = self.bucket.list_objects_v2(self.credentials());
            action.with_prefix(prefix);
            if let Some(next) = next.take() {
                action.with_continuation_token(next);
            }
            let answer = self.send(&action, Ask::get(prefix)).await?;
            let page = ListObjectsV2::parse_response(&answer.text)
                .map_err(|error| StoreError::unreadable(self.name(), prefix, &error))?;
            keys.extend(page.contents.into_iter().map(|object| object.key));
            match page.next_continuation_token {
                Some(token) if !token.is_empty() => next = Some(token),
                Some(_) | None => return Ok(keys),
            }
        }
    }

    /// Reads a small object; `None` where there is none.
    pub async fn get(&self, key: &str) -> Result<Option<String>, StoreError> {
        let action = self.bucket.get_object(self.credentials(), key);
        match self.send(&action, Ask::get(key)).await {
            Ok(answer) => Ok(Some(answer.text)),
            Err(StoreError::Refused { code, .. }) if code == "NoSuchKey" => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Removes an object; one that is not there is removed already.
    pub async fn remove(&self, key: &str) -> Result<(), StoreError> {
        let action = self.bucket.delete_object(self.credentials(), key);
        self.send(&action, Ask::delete(key)).await.map(|_done| ())
    }

    fn credentials(&self) -> Option<&Credentials> {
        self.credentials.as_ref()
    }

    fn name(&self) -> &str {
        self.bucket.name()
    }

    /// Sends a request, signed anew each time, until it is answered or given up.
    async fn send<'a>(&self, action: &impl S3Action<'a>, ask: Ask) -> Result<Asked, StoreError> {
        let signed = || action.sign_with_time(SIGNED_FOR, &(self.now)());
        self.exchange.ask(&ask, signed).await
    }
}

/// The next bytes of a file, at most one part of them.
async fn part(file: &mut File, most: u64) -> std::io::Result<Bytes> {
    let mut bytes = vec![];
    file.take(most).read_to_end(&mut bytes).await?;
    Ok(bytes.into())
}
