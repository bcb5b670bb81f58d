//! A small ledger as a coordinator shows it to pages, signed with the keys of the fixture: what no honest server does can be
//! done with it.

use crate::between::Deed;
use shared::api::ledger::{BlockView, BlocksPage, EntryView};
use shared::ledger::entry::kind_of;
use shared::ledger::fixture::{Book, chain};
use shared::ledger::header::Header;
use shared::ledger::proof::TlogProof;
use shared::ledger::tiles::{TilePath, encode_bundle};
use shared::merkle::leaf_hash;
use std::collections::BTreeMap;

/// Where the ledger's paths begin.
const ROOT: &str = "GET /api/v1/ledger/";

/// The ledger, of at most 256 entries.
#[derive(Debug, Clone)]
pub struct ShownLedger {
    /// Its entries.
    pub book: Book,
    /// The numbers of the storage nodes that cosign its head.
    pub cosigners: Vec<u8>,
    /// The certificates of blocks, by height.
    pub certificates: BTreeMap<u64, String>,
}

impl ShownLedger {
    /// With a quorum of the fixture's policy.
    #[must_use]
    pub const fn new(book: Book) -> Self {
        Self {
            book,
            cosigners: Vec::new(),
            certificates: BTreeMap::new(),
        }
    }

    /// What becomes of a request, of which the coordinator sees nothing if it is about the ledger.
    #[must_use]
    pub fn deed(&self, asked: &str) -> Deed {
        let Some(path) = asked.strip_prefix(ROOT) else {
            return Deed::Honest;
        };
        // A test's process does not last.
        self.answer(path)
            .map_or(Deed::Missing, |bytes| Deed::Instead(bytes.leak()))
    }

    fn answer(&self, path: &str) -> Option<Vec<u8>> {
        let (first, rest) = path.split_once(['/', '?']).unwrap_or((path, ""));
        match first {
            "checkpoint" => Some(self.head().into_bytes()),
            "policy" => {
                let policy = self.book.facts.policy.as_ref()?;
                Some(policy.entry.text.clone().into_bytes())
            }
            "certificates" => {
                let certificate = self.certificates.get(&rest.parse().ok()?)?;
                Some(certificate.clone().into_bytes())
            }
            "blocks" => serde_json::to_vec(&self.blocks(rest)).ok(),
            "entries" => {
                let index: u64 = rest.parse().ok()?;
                let entry = self.book.log.get(usize::try_from(index).ok()?)?.clone();
                let views = self.views();
                let block = views.iter().find(|block| index < block.size)?;
                serde_json::to_vec(&EntryView {
                    index,
                    height: block.height,
                    kind: kind_of(&entry)?.to_owned(),
                    leaf_hash: leaf_hash(&entry),
                    entry,
                })
                .ok()
            }
            "proof" => {
                let index = rest.parse().ok()?;
                let size = self.book.size();
                let proof = TlogProof {
                    extra: None,
                    index,
                    path: self.book.record(index, size).path,
                    checkpoint: self.note(),
                };
                Some(proof.to_string().into_bytes())
            }
            "tile" => self.tile(path),
            _ => None,
        }
    }

    fn note(&self) -> shared::ledger::note::Note {
        let size = self.book.size();
        if self.cosigners.is_empty() {
            self.book.certified(size)
        } else {
            self.book.cosigned(size, &self.cosigners)
        }
    }

    /// Its head with its signatures.
    #[must_use]
    pub fn head(&self) -> String {
        self.note().to_string()
    }

    /// Its blocks, oldest first.
    fn views(&self) -> Vec<BlockView> {
        let headers = self.book.log.iter().filter_map(|entry| {
            let header = Header::decode_signed(chain(), entry).ok()?;
            Some(BlockView {
                height: header.height,
                epoch: header.epoch,
                first_index: header.first_index,
                count: header.count,
                size: header.size(),
                header_hash: header.hash(chain()),
                prev_header_hash: header.prev_header_hash,
                time_ms: header.time_ms,
                leader_key: header.leader_key,
                policy_sha256: header.policy_sha256,
                header: entry.clone(),
            })
        });
        headers.collect()
    }

    fn blocks(&self, query: &str) -> BlocksPage {
        let named = |name: &str| {
            let mut pairs = query.split('&');
            let value = pairs.find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))?;
            value.parse::<u64>().ok()
        };
        let before = named("before").unwrap_or(u64::MAX);
        let limit = usize::try_from(named("limit").unwrap_or(50)).unwrap_or(50);
        let newest_first = self.views().into_iter().rev();
        let blocks: Vec<BlockView> = newest_first
            .filter(|block| block.height < before)
            .take(limit)
            .collect();
        let next = blocks.last().map(|block| block.height);
        BlocksPage {
            next: next.filter(|height| *height > 0),
            blocks,
        }
    }

    /// Of the lowest level, the only one that a small log needs.
    fn tile(&self, path: &str) -> Option<Vec<u8>> {
        let (is_hashes, width) = match path.parse::<TilePath>().ok()? {
            TilePath::Hashes { tile, width } if tile.level == 0 && tile.n == 0 => (true, width),
            TilePath::Entries { n: 0, width } => (false, width),
            _ => return None,
        };
        let entries = self.book.log.get(..usize::from(width))?;
        if is_hashes {
            let hashes = entries.iter().flat_map(|entry| leaf_hash(entry).0);
            return Some(hashes.collect());
        }
        encode_bundle(entries).ok()
    }
}
