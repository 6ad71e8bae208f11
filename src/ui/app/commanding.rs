//! Performs the commands that are typed after `:`, and those that are chosen in the palette.

use super::{App, Effect, Tab};
use crate::{
    columns::chosen::ListColumn,
    columns::{COLUMNS, ON_SCREEN},
    filter::Filter as PacketFilter,
    find::{Kind, Pattern},
    format::printable,
    lang::{self, Count, Language, text},
    ports::Ports,
    report::{HarOptions, har_to_file},
    services,
    store::Contents,
    ui::{
        Action, Leaving, Scope, action,
        command_line::CommandLine,
        commands::{self, Known, Typed, Verb, parse},
        pane::Reply,
        panes::help::HelpPane,
        prompt::{Prompt, typed_path},
        theme::{Look, Theme},
    },
};
use clap::ValueEnum;
use std::fs::File;

impl App {
    /// Asks for a command; as the palette, which lists all of them, if that is wanted.
    pub(super) fn ask_command(&mut self, as_palette: bool) {
        let known = Known {
            protocols: super::filtering::protocols(&self.shared.store.read()),
            confinement: Some(self.shared.confinement.clone()),
        };
        let history = self.commands.clone();
        self.prompt = Some(Prompt::command(match as_palette {
            true => CommandLine::palette(known, history),
            false => CommandLine::new(known, history),
        }));
    }

    /// Performs the command of a line, or says what is wrong with it: as in vim, the line is among the earlier ones then.
    pub(super) fn answer_command(&mut self, line: &str) -> Effect {
        self.prompt = None;
        if !line.is_empty() {
            self.commands.add(line);
        }
        let done = match parse(line) {
            Ok(None) => return Effect::None,
            Ok(Some(typed)) => self.perform(&typed),
            Err(why) => Err(why),
        };
        done.unwrap_or_else(|why| {
            self.message = Some(printable(&why));
            Effect::None
        })
    }

    fn perform(&mut self, typed: &Typed) -> Result<Effect, String> {
        let command = typed.command;
        match (command.action, command.verb) {
            (Some(action), _) if typed.argument.is_empty() => {
                let here = self.panes.scope();
                let places: Vec<Scope> = action::scopes_of(action).collect();
                if !places.contains(&Scope::All) && !places.contains(&here) {
                    let places: Vec<_> = places.into_iter().map(Scope::name).collect();
                    let places = places.join(", ");
                    let name = command.name;
                    return Err(text!("command-line-not-here", name, places));
                }
                Ok(self.act(action))
            }
            (_, Some(verb)) => self.perform_verb(verb, typed),
            (_, None) => Ok(Effect::None),
        }
    }

    fn perform_verb(&mut self, verb: Verb, typed: &Typed) -> Result<Effect, String> {
        let argument = typed.argument;
        match verb {
            Verb::Quit if typed.forced => return Ok(Effect::Leave(Leaving::Quit)),
            Verb::Quit => return Ok(self.leave()),
            Verb::Write => self.write_to(argument, typed.forced, false),
            Verb::WriteQuit
                if argument.is_empty()
                    && self.unsaved() == 0
                    && self.saving.comments.is_empty() =>
            {
                return Ok(self.leave());
            }
            Verb::WriteQuit => self.write_to(argument, typed.forced, true),
            Verb::GoTo => {
                let number = match argument {
                    "$" => self.shared.store.read().packets.len() as u32,
                    digits => digits
                        .replace(',', "")
                        .parse()
                        .map_err(|_| text!("prompt-no-number").to_owned())?,
                };
                self.jump(number);
            }
            Verb::Filter => {
                let filter = argument.parse::<PacketFilter>();
                let filter = filter.map_err(|error| error.reason)?;
                self.set_display_filter(Some(filter));
            }
            Verb::Ports => {
                let ports: Ports = argument.parse()?;
                self.set_ports(ports);
            }
            Verb::Sort => return self.sort_by(argument),
            Verb::Decode => self.decode_chosen_as(argument)?,
            Verb::Find => {
                Pattern::new(argument, Kind::Text)?;
                self.asked_by = self.panes.scope();
                self.answer_find(argument, Kind::Text, None);
            }
            Verb::Theme => {
                let look = Look::from_str(argument, true);
                let look =
                    look.map_err(|_| text!("command-line-usage", usage = typed.command.usage()))?;
                let look = look.on(self.shared.look.is_light());
                self.shared.look = look;
                let (colors, depth) = (&self.shared.colors, self.shared.depth);
                self.shared.theme = Theme::with(look, depth).set(colors, look, depth);
            }
            Verb::Language => {
                let language = Language::from_str(argument, true);
                let usage = typed.command.usage();
                lang::choose(language.map_err(|_| text!("command-line-usage", usage))?);
                self.shared.reader.forget();
                self.panes.forget();
                self.panes.refilter();
                return Ok(Effect::Redraw);
            }
            Verb::Help => {
                let command = match argument {
                    "" => None,
                    name => Some(commands::named(name.trim_start_matches(':'))?),
                };
                let pane = HelpPane::of_commands(self.panes.scope(), command);
                return Ok(self.reply(Reply::Push(Box::new(pane))));
            }
            Verb::Comment if argument.is_empty() => self.ask_comment()?,
            Verb::Comment => self.add_comment(argument)?,
            Verb::Open => return self.open_file(argument, false),
            Verb::OpenTab => return self.open_file(argument, true),
            Verb::QuitAll if typed.forced => return Ok(Effect::Leave(Leaving::QuitAllNow)),
            Verb::QuitAll => return Ok(self.leave_all()),
            Verb::ShowTab => {
                let number = argument.parse();
                let usage = || text!("command-line-usage", usage = typed.command.usage());
                return Ok(self.show_tab(Tab::Number(number.map_err(|_| usage())?)));
            }
            Verb::Copy => return self.copy_by_name(argument),
            Verb::Export => self.export_har(argument, typed)?,
        }
        Ok(Effect::None)
    }

    /// Saves what is offered first to this file, or asks for the file. As after the key, a file that exists is asked
    /// about, unless it is to be replaced.
    fn write_to(&mut self, name: &str, replace: bool, leaves: bool) {
        if leaves && let Some(live) = &self.shared.live {
            live.stop();
        }
        self.act(Action::SavePackets);
        if let Some(prompt) = &mut self.prompt {
            self.saving.leaves = leaves;
            if !name.is_empty() {
                prompt.type_name(name);
                self.save(0, name, replace);
            }
        }
    }

    fn sort_by(&mut self, name: &str) -> Result<Effect, String> {
        let columns = COLUMNS[..ON_SCREEN].iter().map(|it| it.column);
        let mut found = columns.filter(|column| column.name().starts_with(name));
        let exact = found.clone().find(|column| column.name() == name);
        let column = exact.or_else(|| found.next());
        let column = column.ok_or_else(|| text!("command-line-no-column", name))?;
        if self.panes.main().scope() != Scope::Conversations {
            self.show(Scope::Conversations);
        }
        let reply = self.panes.main_mut().sort_by(column);
        Ok(self.reply(reply))
    }

    fn decode_chosen_as(&mut self, name: &str) -> Result<(), String> {
        let dissector = services::spoken(name)?;
        let port = {
            let contents = self.shared.store.read();
            let conversation = self
                .chosen_conversation()
                .and_then(|id| contents.tracker.get(id));
            let conversation =
                conversation.ok_or_else(|| text!("message-no-conversation-selected").to_owned())?;
            (conversation.protocol, conversation.server.port)
        };
        self.decode_as(port, Some(dissector));
        Ok(())
    }

    /// Writes the HTTP requests of the conversations that are shown to an archive.
    fn export_har(&mut self, argument: &str, typed: &Typed) -> Result<(), String> {
        let name = argument.strip_prefix("har ").map(str::trim);
        let name =
            name.ok_or_else(|| text!("command-line-usage", usage = typed.command.usage()))?;
        let filter = self.shared.filter();
        let store = self.shared.store.clone();
        let options = HarOptions {
            show_secrets: self.shared.settings.show_secrets,
        };
        let path = printable(name);
        self.export(name, typed.forced, move |place, _| {
            let is_selected = |contents: &Contents, id| filter.shows(contents, id);
            let (count, _) = har_to_file(&store, is_selected, options, place)?;
            Ok(text!("har-saved", count = Count(count), path))
        })
    }

    /// Opens another capture in the place of this one, or beside it, if the program may read it.
    fn open_file(&mut self, name: &str, beside: bool) -> Result<Effect, String> {
        if !beside && self.is_unsaved() {
            return Err(text!("command-line-unsaved").to_owned());
        }
        let live = self.shared.live.as_ref();
        if !beside && live.is_some_and(|live| live.is_running()) {
            return Err(text!("command-line-still-capturing").to_owned());
        }
        let path = typed_path(name, &self.shared.confinement);
        match File::open(&path) {
            _ if path.is_dir() => Err(text!("save-no-file-name").to_owned()),
            Ok(_) => Ok(Effect::Leave(match beside {
                true => Leaving::OpenTab(path),
                false => Leaving::Open(path),
            })),
            Err(error) => {
                let is_denied = error.kind() == std::io::ErrorKind::PermissionDenied;
                let directory = path.parent().filter(|_| is_denied);
                let confinement = &self.shared.confinement;
                let is_confined = directory.and_then(|one| confinement.why_not(one)).is_some();
                let why = match is_confined {
                    true => text!("command-line-not-allowed").to_owned(),
                    false => error.to_string(),
                };
                Err(text!("command-line-not-opened", path = name, why))
            }
        }
    }
}
