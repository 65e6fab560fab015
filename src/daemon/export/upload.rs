//! An export in an object store: file by file, then the manifest; what it does not name any more goes last, for
//! whoever reads by the manifest of before.

use super::{MANIFEST, Staged};
use crate::fetch::object_store::ObjectStore;
use crate::publish::export::TableFormat;

/// Stores an export under a prefix of a bucket; `place` names it in messages.
pub async fn upload(
    staged: &Staged,
    store: &ObjectStore,
    prefix: &str,
    place: &str,
) -> anyhow::Result<()> {
    let prefix = prefix.trim_matches('/');
    let key = |path: &str| {
        if prefix.is_empty() {
            path.to_owned()
        } else {
            format!("{prefix}/{path}")
        }
    };
    let earlier = store.get(&key(MANIFEST)).await?;
    staged.insist_on_same_kind(place, earlier.as_deref())?;
    for path in staged.paths() {
        let media_type = if path
            .rsplit_once('.')
            .is_some_and(|(_, ending)| ending == "csv")
        {
            TableFormat::Csv.media_type()
        } else {
            staged.format.media_type()
        };
        let file = staged.dir.join(path);
        store.put_file(&key(path), &file, media_type).await?;
        tracing::info!(path, "stored");
    }
    let manifest = staged.dir.join(MANIFEST);
    store
        .put_file(&key(MANIFEST), &manifest, "application/json")
        .await?;
    for table in &staged.manifest.tables {
        for found in store.list(&key(&format!("{}/", table.name))).await? {
            let path = found.strip_prefix(prefix).unwrap_or(&found);
            if staged.is_stale(path.trim_start_matches('/')) {
                store.remove(&found).await?;
            }
        }
    }
    Ok(())
}
