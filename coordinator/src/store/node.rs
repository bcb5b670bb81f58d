//! Volunteers and their records: counters that only grow, and the streak that a wrong vote ends.

use super::batch::Batch;
use super::column::{Columns as _, at, big, text};
use super::page::{Page, one_more};
use super::{Result, Store, Tx};
use shared::api::nodes::NodeRecord;
use shared::ids::{NodeKey, UnixMs};
use sqlx::any::AnyRow;
use std::sync::LazyLock;

/// What became of a node's assignments and votes since the last commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NodeDelta {
    /// The node.
    pub node_key: NodeKey,
    /// Added to its counters.
    pub add: NodeRecord,
    /// A wrong vote ended the streak; `streak` is what has grown since.
    pub streak_reset: bool,
    /// Added to the streak.
    pub streak: u32,
}

/// A node as it is recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeRow {
    /// The node.
    pub node_key: NodeKey,
    /// When it first joined.
    pub first_seen_ms: UnixMs,
    /// When it joined or voted last.
    pub last_seen_ms: UnixMs,
    /// The engine that runs guests, as the node said.
    pub engine: String,
    /// Program and version of the node, as it said.
    pub agent: String,
    /// What became of its assignments and votes.
    pub record: NodeRecord,
    /// Accepted votes since the last wrong one.
    pub streak: u32,
    /// Whether an admin has made it proven.
    pub proven: bool,
}

static ADD: LazyLock<Batch> = LazyLock::new(|| {
    Batch::new(
        "INSERT INTO nodes (node_key, first_seen_ms, last_seen_ms, engine, agent, assigned, accepted, outvoted, \
         invalid, superseded, double_votes, replays, unable, returned, expired, credit, streak, streak_resets, proven)",
        19,
        "ON CONFLICT (node_key) DO UPDATE SET last_seen_ms = excluded.last_seen_ms, \
         assigned = nodes.assigned + excluded.assigned, accepted = nodes.accepted + excluded.accepted, \
         outvoted = nodes.outvoted + excluded.outvoted, invalid = nodes.invalid + excluded.invalid, \
         superseded = nodes.superseded + excluded.superseded, \
         double_votes = nodes.double_votes + excluded.double_votes, \
         replays = nodes.replays + excluded.replays, unable = nodes.unable + excluded.unable, \
         returned = nodes.returned + excluded.returned, expired = nodes.expired + excluded.expired, \
         credit = nodes.credit + excluded.credit, \
         streak = CASE WHEN excluded.streak_resets > 0 THEN excluded.streak ELSE nodes.streak + excluded.streak END, \
         streak_resets = nodes.streak_resets + excluded.streak_resets",
    )
});
const SEEN: &str = "INSERT INTO nodes (node_key, first_seen_ms, last_seen_ms, engine, agent, assigned, accepted, \
     outvoted, invalid, superseded, double_votes, replays, unable, returned, expired, credit, streak, streak_resets, \
     proven) VALUES ($1, $2, $2, $3, $4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0) \
     ON CONFLICT (node_key) DO UPDATE SET last_seen_ms = excluded.last_seen_ms, engine = excluded.engine, \
     agent = excluded.agent";
const PROVE: &str = "UPDATE nodes SET proven = $2 WHERE node_key = $1";

macro_rules! select_nodes {
    ($tail:literal) => {
        concat!(
            "SELECT node_key, first_seen_ms, last_seen_ms, engine, agent, assigned, accepted, outvoted, invalid, \
             superseded, double_votes, replays, unable, returned, expired, credit, streak, proven FROM nodes ",
            $tail
        )
    };
}
const GET: &str = select_nodes!("WHERE node_key = $1");
const PAGE: &str = select_nodes!("WHERE node_key > $1 ORDER BY node_key LIMIT $2");

impl Store {
    /// Records that a node has joined, and what it says of itself; answers with its record.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn node_joined(
        &self,
        node: NodeKey,
        engine: &str,
        agent: &str,
        now: UnixMs,
    ) -> Result<NodeRow> {
        let mut tx = self.tx("node_joined").await?;
        let seen = sqlx::query(SEEN)
            .bind(&node.0[..])
            .bind(at(now))
            .bind(text(engine))
            .bind(text(agent));
        seen.execute(tx.conn()).await?;
        let get = sqlx::query(GET).bind(&node.0[..]);
        let row = get.fetch_one(tx.conn()).await?;
        tx.commit().await?;
        record(&row)
    }

    /// Adds to the records of nodes outside a commit of decisions.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn nodes_apply(&self, deltas: &[NodeDelta], now: UnixMs) -> Result<()> {
        let mut tx = self.tx("nodes_apply").await?;
        apply(&mut tx, deltas, now).await?;
        tx.commit().await
    }

    /// One node.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn node_get(&self, node: NodeKey) -> Result<Option<NodeRow>> {
        let query = sqlx::query(GET).bind(&node.0[..]);
        let row = query.fetch_optional(&self.reader).await?;
        row.as_ref().map(record).transpose()
    }

    /// Nodes in the order of their keys.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn nodes_page(
        &self,
        after: Option<NodeKey>,
        limit: u32,
    ) -> Result<Page<NodeRow, NodeKey>> {
        let query = sqlx::query(PAGE)
            .bind(after.map_or_else(Vec::new, |node| node.0.to_vec()))
            .bind(one_more(limit));
        let rows = query.fetch_all(&self.reader).await?;
        let nodes = rows.iter().map(record).collect::<Result<_>>()?;
        Ok(Page::cut(nodes, limit, |last: &NodeRow| last.node_key))
    }

    /// Makes a node proven by the admin's word, or takes that back; `false` when the node is unknown.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn node_set_proven(&self, node: NodeKey, proven: bool) -> Result<bool> {
        let prove = sqlx::query(PROVE).bind(&node.0[..]).bind(i64::from(proven));
        let done = prove.execute(&self.writer).await?;
        Ok(done.rows_affected() == 1)
    }
}

/// Adds deltas, in the order of the keys so that two transactions never wait for each other.
pub(super) async fn apply(tx: &mut Tx, deltas: &[NodeDelta], now: UnixMs) -> Result<()> {
    let mut deltas: Vec<NodeDelta> = deltas.to_vec();
    deltas.sort_unstable_by_key(|delta| delta.node_key);
    deltas.dedup_by(|later, earlier| earlier.merge(later));
    for (sql, chunk) in ADD.cut(tx.dialect, &deltas) {
        let mut query = sqlx::query(sql);
        for delta in chunk {
            let add = &delta.add;
            query = query
                .bind(delta.node_key.0.to_vec())
                .bind(at(now))
                .bind(at(now))
                .bind("")
                .bind("");
            for counter in [
                add.assigned,
                add.accepted,
                add.outvoted,
                add.invalid,
                add.superseded,
                add.double_votes,
                add.replays,
                add.unable,
                add.returned,
                add.expired,
                add.credit,
            ] {
                query = query.bind(big(counter));
            }
            query = query
                .bind(i64::from(delta.streak))
                .bind(i64::from(delta.streak_reset))
                .bind(0_i64);
        }
        query.execute(tx.conn()).await?;
    }
    Ok(())
}

impl NodeDelta {
    /// Takes in a later delta of the same node; `false` when it is another node's.
    fn merge(&mut self, later: &Self) -> bool {
        if self.node_key != later.node_key {
            return false;
        }
        let (sum, add) = (&mut self.add, &later.add);
        for (sum, add) in [
            (&mut sum.assigned, add.assigned),
            (&mut sum.accepted, add.accepted),
            (&mut sum.outvoted, add.outvoted),
            (&mut sum.invalid, add.invalid),
            (&mut sum.superseded, add.superseded),
            (&mut sum.double_votes, add.double_votes),
            (&mut sum.replays, add.replays),
            (&mut sum.unable, add.unable),
            (&mut sum.returned, add.returned),
            (&mut sum.expired, add.expired),
            (&mut sum.credit, add.credit),
        ] {
            *sum = sum.saturating_add(add);
        }
        self.streak = if later.streak_reset {
            later.streak
        } else {
            self.streak.saturating_add(later.streak)
        };
        self.streak_reset |= later.streak_reset;
        true
    }
}

fn record(row: &AnyRow) -> Result<NodeRow> {
    Ok(NodeRow {
        node_key: row.node_key("node_key")?,
        first_seen_ms: row.time("first_seen_ms")?,
        last_seen_ms: row.time("last_seen_ms")?,
        engine: row.string("engine")?,
        agent: row.string("agent")?,
        record: NodeRecord {
            assigned: row.number("assigned")?,
            accepted: row.number("accepted")?,
            outvoted: row.number("outvoted")?,
            invalid: row.number("invalid")?,
            superseded: row.number("superseded")?,
            double_votes: row.number("double_votes")?,
            replays: row.number("replays")?,
            unable: row.number("unable")?,
            returned: row.number("returned")?,
            expired: row.number("expired")?,
            credit: row.number("credit")?,
        },
        streak: row.number("streak")?,
        proven: row.flag("proven")?,
    })
}
