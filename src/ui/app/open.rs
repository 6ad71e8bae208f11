//! The initial panes, and which action opens which pane. This is the only module of the screen that names panes.

use super::App;
use crate::{
    columns::{Column, chosen::default_columns},
    lang::{TextId, text},
    track::ConversationId,
    ui::{
        Action, Scope,
        pane::{Pane, Reply},
        panes::{
            charts::ChartsPane,
            column_chooser::ColumnChooser,
            compare::{ComparePane, Compared},
            conversations::ConversationsPane,
            findings::FindingsPane,
            follow::FollowPane,
            help::{GlossaryPane, HelpPane},
            ladder::LadderPane,
            objects::ObjectsPane,
            packet::PacketPane,
            packets::PacketsPane,
            stats::StatsPane,
        },
        stack::Stack,
    },
};

/// Returns the lists, in the order of their tabs, and the pane of the chosen packet.
pub(super) fn first_panes() -> Stack {
    Stack::new(
        vec![
            Box::new(ConversationsPane::default()),
            Box::new(PacketsPane::default()),
            Box::new(FindingsPane::default()),
            Box::new(StatsPane::default()),
        ],
        Box::new(PacketPane::default()),
    )
}

impl App {
    /// Opens the pane of an action; nothing if it opens no pane.
    pub(super) fn open_by(&mut self, action: Action) -> Option<Reply> {
        Some(match action {
            Action::Help | Action::Open if self.panes.term().is_some() => {
                let pane = GlossaryPane::new(self.panes.scope(), self.panes.term());
                Reply::Push(Box::new(pane))
            }
            Action::Help => Reply::Push(Box::new(HelpPane::new(
                self.panes.scope(),
                &self.shared.confinement,
            ))),
            Action::Follow => self.follow(),
            Action::Charts => self.charts(),
            Action::Columns => self.choose_columns(),
            Action::Compare => self.compare(),
            Action::Objects => match ObjectsPane::new(&self.shared) {
                Ok(pane) => Reply::Push(Box::new(pane)),
                Err(error) => Reply::Say(error.to_string()),
            },
            _ => return None,
        })
    }

    /// Opens a conversation on the list, at a packet if one is given.
    pub(super) fn open_conversation(&mut self, id: ConversationId, packet: Option<u32>) {
        let mut ladder = LadderPane::new(id, &self.shared.reader);
        if let Some(packet) = packet {
            ladder.go_to(packet);
        }
        self.panes.close_all();
        self.push(Box::new(ladder));
    }

    /// Opens the columns of the list that has the focus.
    fn choose_columns(&mut self) -> Reply {
        let columns = &self.shared.columns;
        Reply::Push(match self.panes.scope() {
            Scope::Packets => {
                let title = TextId("columns-title-packets");
                Box::new(ColumnChooser::new(title, columns.packets()))
            }
            _ => {
                let title = TextId("columns-title-conversations");
                Box::new(match columns.conversations() {
                    Some(chosen) => ColumnChooser::new(title, chosen),
                    None => ColumnChooser::<Column>::new(title, &default_columns()),
                })
            }
        })
    }

    /// Compares the two marked conversations, or the two marked packets.
    fn compare(&mut self) -> Reply {
        let marks = &self.shared.marks;
        let conversations: Vec<_> = marks.conversations().collect();
        let packets: Vec<_> = marks.packets().collect();
        let compared = match (self.panes.scope(), &*conversations, &*packets) {
            (Scope::Packets, _, [one, other]) => Compared::Packets([*one, *other]),
            (_, [one, other], _) => Compared::Conversations([*one, *other]),
            (_, _, [one, other]) => Compared::Packets([*one, *other]),
            _ => return Reply::Say(text!("compare-mark-two").to_owned()),
        };
        match ComparePane::new(compared, &self.shared) {
            Ok(pane) => Reply::Push(Box::new(pane)),
            Err(error) => Reply::Say(error.to_string()),
        }
    }

    /// Opens the charts of the chosen conversation.
    fn charts(&mut self) -> Reply {
        match (self.chosen_conversation(), self.chosen_packet()) {
            (Some(id), _) => Reply::Push(Box::new(ChartsPane::new(id, &self.shared.reader))),
            (None, Some(number)) => no_conversation(number),
            (None, None) => Reply::Say(text!("message-no-conversation-selected").to_owned()),
        }
    }

    /// Opens the two streams of the chosen conversation, at the chosen packet.
    fn follow(&mut self) -> Reply {
        if self.panes.main().scope() == Scope::Follow {
            self.zoomed = false;
            self.panes.focus_main();
            return Reply::Done;
        }
        let packet = self.chosen_packet();
        let Some(id) = self.chosen_conversation() else {
            return match packet {
                Some(number) => no_conversation(number),
                None => Reply::Say(text!("message-no-conversation-selected").to_owned()),
            };
        };
        let contents = self.shared.store.read();
        let mut follow = FollowPane::new(&contents, id, &self.shared.reader);
        if let Some(packet) = packet {
            follow.go_to(packet);
        }
        Reply::Push(Box::new(follow))
    }
}

/// Returns the message for an action that needs a conversation on a packet without one.
pub(super) fn no_conversation(number: u32) -> Reply {
    Reply::Say(text!("message-no-conversation", number))
}
