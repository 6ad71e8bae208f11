//! Findings of one kind about one server, which are one row until it is opened.

use crate::{
    findings::{Finding, Kind, Row, Severity},
    save::Filter,
    store::Store,
    track::{ConversationId, Endpoint, Protocol},
    ui::live_findings::Found,
};
use std::{
    cmp::Reverse,
    collections::{HashMap, HashSet},
    net::IpAddr,
};

/// After this many findings the index may write.
const TURN: usize = 10_000;

/// What the findings of a group have in common.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct GroupKey {
    pub severity: Severity,
    pub kind: Kind,
    pub about: About,
}

/// What findings are about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum About {
    /// Conversations with this server.
    Server(Protocol, Endpoint),
    /// Hosts, or the capture if there are none.
    Hosts(Vec<IpAddr>, Vec<u32>),
}

/// Findings that are one row until it is opened.
#[derive(Clone, Debug)]
pub struct Group {
    pub key: GroupKey,
    /// The conversations, in order; none if it is about hosts or the capture.
    pub members: Vec<ConversationId>,
    /// How many clients they have.
    pub clients: usize,
    /// What it is if it is about hosts or the capture.
    pub finding: Option<Finding>,
}

impl Group {
    /// Returns how many findings it has.
    pub fn len(&self) -> usize {
        self.members.len().max(1)
    }
}

/// The groups of all findings that a filter shows.
#[derive(Default)]
pub struct Groups {
    /// The worst first, by kind, the largest first.
    pub groups: Vec<Group>,
    /// How many findings they have of each severity.
    pub counts: [u64; Severity::ALL.len()],
}

/// Groups the findings that a filter shows. Those about hosts and the capture are shown unless a display filter holds
/// for none of their packets.
pub fn group(found: &Found, filter: &Filter, store: &Store) -> Groups {
    let rows: Vec<Row> = found.findings.rows().collect();
    let mut made = Groups::default();
    let mut places: HashMap<GroupKey, usize> = HashMap::new();
    let mut clients: Vec<HashSet<IpAddr>> = Vec::new();
    for rows in rows.chunks(TURN) {
        let contents = store.read();
        for row in rows {
            let (severity, kind) = (row.severity(), row.kind());
            let key = |about| GroupKey {
                severity,
                kind,
                about,
            };
            let id = match *row {
                Row::OfCapture(finding) => {
                    let matches = filter.matches.as_ref();
                    if matches.is_some_and(|it| !finding.packets.iter().any(|at| it.holds(*at))) {
                        continue;
                    }
                    let about = About::Hosts(finding.hosts.clone(), finding.packets.clone());
                    made.counts[severity as usize] += 1;
                    made.groups.push(Group {
                        key: key(about),
                        members: Vec::new(),
                        clients: 0,
                        finding: Some(finding.clone()),
                    });
                    clients.push(HashSet::new());
                    continue;
                }
                Row::OfConversation(_, _, id) => id,
            };
            let Some(conversation) = contents.tracker.get(id) else {
                continue;
            };
            if !filter.shows(&contents, id) {
                continue;
            }
            made.counts[severity as usize] += 1;
            let about = About::Server(conversation.protocol, conversation.server);
            let at = *places.entry(key(about.clone())).or_insert_with(|| {
                made.groups.push(Group {
                    key: key(about),
                    members: Vec::new(),
                    clients: 0,
                    finding: None,
                });
                clients.push(HashSet::new());
                made.groups.len() - 1
            });
            made.groups[at].members.push(id);
            clients[at].insert(conversation.client.address);
        }
    }
    for (group, clients) in made.groups.iter_mut().zip(clients) {
        group.clients = clients.len();
    }
    made.groups.sort_by_key(|group| {
        let key = &group.key;
        (Reverse(key.severity), key.kind, Reverse(group.len()))
    });
    made
}
