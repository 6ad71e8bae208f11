//! The content of a conversation's row.

use super::columns::{ListColumns, Widths};
use crate::{
    columns::{Column, ColumnEntry},
    format::printable,
    lang::text,
    store::Contents,
    track::{Conversation, ConversationId, Endpoint, Outcome, Side, Tone, outcome},
    ui::{
        app::Shared,
        display_name::{self, DisplayName},
        rates::News,
        text,
    },
};

/// The maximum number of columns for a name: the others must remain readable.
const LONGEST: usize = 40;

/// The sign of a conversation with a readable secret: the key that shows it, and its placeholder.
pub const SECRET: char = '*';

/// Up to this many packets without an answer are no reason for an alarm while they are new.
const FEW_ATTEMPTS: u64 = 2;

/// The content of a conversation's row.
#[derive(Clone)]
pub struct ConversationRow {
    pub id: ConversationId,
    pub cells: Vec<String>,
    ends: [End; 2],
    /// Its summary.
    pub summary: String,
    /// Its verdict.
    pub verdict: String,
    /// The comments on it.
    pub comment: String,
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
        conversation: Conversation,
        nested: bool,
        columns: &ListColumns,
    ) -> Self {
        let outcome = outcome(conversation);
        let rates = &shared.rates;
        // A server that has not answered so far may still do so: a moment is no reason for an alarm.
        let opening = rates.is_running()
            && matches!(outcome, Outcome::NoAnswer | Outcome::HalfOpen)
            && rates.is_recent(id)
            && conversation.packets() <= FEW_ATTEMPTS;
        let entry = ColumnEntry::new(contents, id, conversation, rates.rate(id));
        let (sign, tone, state, verdict) = match (opening, outcome, entry.judgement()) {
            (false, _, Some(judged)) => {
                let verdict = printable(&judged.sentence);
                (judged.sign, judged.tone, judged.words, verdict)
            }
            (_, Outcome::NoAnswer, _) => {
                let verdict = text!("verdict-no-answer-yet").to_owned();
                ('·', Tone::Neutral, text!("state-opening"), verdict)
            }
            _ => {
                let verdict = text!("verdict-not-acknowledged-yet").to_owned();
                ('·', Tone::Neutral, text!("state-opening"), verdict)
            }
        };
        // While a file loads the summary may change in a moment.
        let is_settled = contents.finished || rates.is_running();
        let ends = ends(contents, shared, id, conversation, nested);
        let sign_so_far = if is_settled { sign } else { ' ' };
        let cells = columns.columns.iter().map(|column| match column.own() {
            Some(Column::Client) => ends[0].words(LONGEST),
            Some(Column::Server) => ends[1].words(LONGEST),
            Some(Column::State) => format!("{sign_so_far} {state}"),
            Some(column) => column.definition().text(&entry),
            // The values of fields are read later.
            None => String::new(),
        });
        let cells = cells.collect();
        ConversationRow {
            id,
            cells,
            ends,
            summary: (Column::Summary.definition().cell)(&entry),
            verdict,
            comment: contents.comment_line(conversation),
            sign,
            tone,
            credentials: conversation.credentials(),
            news: rates.news(id),
        }
    }

    /// Fits both endpoints into their columns.
    pub fn fit(&mut self, columns: &ListColumns, widths: &Widths) {
        let cells = columns.columns.iter().zip(&mut self.cells);
        for ((column, cell), width) in cells.zip(&widths.columns) {
            match column.own() {
                Some(Column::Client) => *cell = self.ends[0].words(*width),
                Some(Column::Server) => *cell = self.ends[1].words(*width),
                _ => {}
            }
        }
    }

    /// Fills in the values of fields.
    pub fn fill_in(&mut self, columns: &ListColumns, texts: &[String]) {
        let cells = columns.columns.iter().zip(&mut self.cells);
        let cells = cells.filter(|(column, _)| column.own().is_none());
        for ((_, cell), text) in cells.zip(texts) {
            cell.clone_from(text);
        }
    }
}

/// One endpoint of a conversation, with its prefix and suffix.
#[derive(Clone)]
struct End {
    before: &'static str,
    endpoint: Endpoint,
    name: Option<DisplayName>,
    behind: &'static str,
}

impl End {
    /// Returns it in at most `room` columns.
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

/// Returns both endpoints of a conversation.
fn ends(
    contents: &Contents,
    shared: &Shared,
    id: ConversationId,
    conversation: Conversation,
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
