//! Certificates of the blocks that hold a Policy, kept for ever: a new Policy counts only with the old one's.

use super::super::error::Result;
use super::super::link::Link;
use super::super::wire::Certificate;
use super::StorageNode;

impl StorageNode {
    /// The certified checkpoint of a block that holds a Policy; `None` when there is no such block, or it is not here yet.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn certificate(&self, height: u64) -> Result<Option<String>> {
        self.db().policy_certificate(height).await
    }

    /// Keeps the certificates of committed policies that are not here yet. Anyone can check them, so they may come from
    /// anyone.
    pub(super) async fn keep_certificates(&self, certificates: &[Certificate]) -> Result<()> {
        let missing = self.db().uncertified_policies().await?;
        for certificate in certificates {
            if missing.contains(&certificate.height) {
                self.keep_certificate(certificate).await?;
            }
        }
        Ok(())
    }

    async fn keep_certificate(&self, certificate: &Certificate) -> Result<()> {
        let Certificate { height, note } = certificate;
        if let Err(words) = self.check_certificate(certificate).await? {
            tracing::warn!(
                block.height = height,
                reason = words,
                "the certificate of a policy is refused"
            );
            return Ok(());
        }
        let mut tx = self.db().tx("keep_certificate").await?;
        tx.put_certificate(*height, note).await?;
        tx.commit().await
    }

    /// Whether it is the checkpoint of our block, with the lines of a quorum of the policy that certifies it.
    async fn check_certificate(&self, certificate: &Certificate) -> Result<Result<(), String>> {
        let Some(row) = self.db().block(certificate.height).await? else {
            return Ok(Err("the block is not here".to_owned()));
        };
        let quorum = self.quorum_of(&row).await?;
        let root = self.root(row.size).await?;
        let note = match quorum.check_note(&certificate.note, row.size, root) {
            Ok(note) => note,
            Err(words) => return Ok(Err(words)),
        };
        let certified = quorum.text.certify(&note);
        Ok(certified
            .map(|_| ())
            .map_err(|error| format!("rule certificate: {error}")))
    }

    /// Asks the others for the certificates of policies that are not here.
    pub(super) async fn fetch_certificates(&self, others: &[Link]) -> Result<()> {
        for height in self.db().uncertified_policies().await? {
            for other in others {
                match other.certificate(height).await {
                    Ok(Some(note)) => {
                        let certificate = Certificate { height, note };
                        self.keep_certificate(&certificate).await?;
                    }
                    Ok(None) => {}
                    Err(error) => tracing::debug!(%error, "fetching the certificate of a policy"),
                }
                if self.certificate(height).await?.is_some() {
                    break;
                }
            }
        }
        Ok(())
    }
}
