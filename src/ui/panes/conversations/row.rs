//! What a row says of a conversation.

use super::columns::{COUNT, Widths};
use crate::{
    columns::{COLUMNS, Column, Entry},
    lang::text,
    store::Contents,
    track::{
        Conversation, ConversationId, Endpoint, Outcome, Side, Tone, outcome, verdict,
        verdict_so_far,
    },
    ui::{
        app::Shared,
        display_name::{self, DisplayName},
        rates::News,
        text,
    },
};

/// Columns that a name takes, at most: others have to be read too.
const LONGEST: usize = 40;

/// Stands before a conversation in which a secret could be read: the key that shows it, and what stands in its place.
pub const SECRET: char = '*';

/// So many packets without an answer are no reason for alarm while they are new.
const FEW_ATTEMPTS: u64 = 2;

/// What a row shows of a conversation.
#[derive(Clone)]
pub struct ConversationRow {
    pub id: ConversationId,
    pub cells: [String; COUNT],
    ends: [End; 2],
    /// What was said.
    pub summary: String,
    /// What became of it.
    pub verdict: String,
    pub sign: char,
    pub tone: Tone,
    pub credentials: bool,
    pub news: Option<News>,
}

impl ConversationRow {
    pub fn of(
        contents: &Contents,
        shared: &Shared,
        id: ConversationId,
        conversation: &Conversation,
        nested: bool,
    ) -> Self {
        let outcome = outcome(conversation);
        let rates = &shared.rates;
        // Who has not answered yet may still do so: a moment ago is no reason for alarm.
        let opening = rates.is_running()
            && matches!(outcome, Outcome::NoAnswer | Outcome::HalfOpen)
            && rates.is_recent(id)
            && conversation.packets() <= FEW_ATTEMPTS;
        let (sign, tone) = match opening {
            true => ('·', Tone::Neutral),
            false => (outcome.sign(), outcome.tone()),
        };
        let state = match opening {
            true => text!("state-opening"),
            false => outcome.words(),
        };
        let verdict = match (opening, outcome) {
            (true, Outcome::NoAnswer) => text!("verdict-no-answer-yet").to_owned(),
            (true, _) => text!("verdict-not-acknowledged-yet").to_owned(),
            _ if contents.finished => verdict(conversation),
            _ => verdict_so_far(conversation),
        };
        // While a file loads what is said may be taken back in a moment.
        let is_settled = contents.finished || rates.is_running();
        let ends = ends(contents, shared, id, conversation, nested);
        let entry = Entry {
            tracker: &contents.tracker,
            id,
            conversation,
            began_ns: contents.began_ns(),
            rate: rates.rate(id),
        };
        let sign_so_far = if is_settled { sign } else { ' ' };
        let cells = std::array::from_fn(|at| match COLUMNS[at].column {
            Column::Client => ends[0].words(LONGEST),
            Column::Server => ends[1].words(LONGEST),
            Column::State => format!("{sign_so_far} {state}"),
            column => (column.definition().cell)(&entry),
        });
        ConversationRow {
            id,
            cells,
            ends,
            summary: (Column::Summary.definition().cell)(&entry),
            verdict,
            sign,
            tone,
            credentials: conversation.credentials(),
            news: rates.news(id),
        }
    }

    /// Has both ends say as much as there is room for.
    pub fn fit(&mut self, widths: &Widths) {
        for (column, end) in [Column::Client, Column::Server].into_iter().zip(&self.ends) {
            let at = column as usize;
            self.cells[at] = end.words(widths.columns[at]);
        }
    }
}

/// One end of a conversation, with what stands around it.
#[derive(Clone)]
struct End {
    before: &'static str,
    endpoint: Endpoint,
    name: Option<DisplayName>,
    behind: &'static str,
}

impl End {
    /// It in so many columns.
    fn words(&self, room: usize) -> String {
        let around = text::width(self.before) + text::width(self.behind);
        let end = display_name::endpoint(
            self.endpoint,
            self.name.as_ref(),
            room.saturating_sub(around),
        );
        format!("{}{end}{}", self.before, self.behind)
    }
}

/// Both ends of a conversation.
fn ends(
    contents: &Contents,
    shared: &Shared,
    id: ConversationId,
    conversation: &Conversation,
    nested: bool,
) -> [End; 2] {
    let client = End {
        before: if nested { "└ " } else { "" },
        endpoint: conversation.client,
        name: display_name::of_end(contents, shared, id, Side::Client),
        behind: if conversation.client_is_guess {
            "?"
        } else {
            ""
        },
    };
    let server = End {
        before: "",
        endpoint: conversation.server,
        name: display_name::of_end(contents, shared, id, Side::Server),
        behind: "",
    };
    [client, server]
}
