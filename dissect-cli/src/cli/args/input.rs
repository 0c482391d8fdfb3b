//! Which captures are read.

use std::path::PathBuf;

use clap::error::{Error, ErrorKind};
use clap::{ArgMatches, Args, Command, FromArgMatches};

/// The captures, in the order in which they were given.
#[derive(Debug)]
pub(crate) struct Input {
    pub(crate) files: Vec<PathBuf>,
}

/// How they can be given.
#[derive(Debug, Args)]
struct Given {
    /// Captures, in order; `-` is standard input
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// A capture, as tshark takes it: the same as FILE
    #[arg(short = 'r', long = "read-file", value_name = "FILE")]
    read: Vec<PathBuf>,
}

impl FromArgMatches for Input {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let given = |id: &str| {
            let places = matches.indices_of(id).into_iter().flatten();
            let files = matches.get_many::<PathBuf>(id).into_iter().flatten();
            places.zip(files.cloned()).collect::<Vec<_>>()
        };
        let mut all = given("files");
        all.extend(given("read"));
        all.sort_by_key(|(place, _)| *place);
        let files: Vec<_> = all.into_iter().map(|(_, file)| file).collect();
        if files.is_empty() {
            let text = "no capture is given: name a FILE, or `-` for standard input";
            return Err(Error::raw(ErrorKind::MissingRequiredArgument, text));
        }
        if files.iter().filter(|file| file.as_os_str() == "-").count() > 1 {
            let text = "standard input can be read only once: give `-` only once";
            return Err(Error::raw(ErrorKind::ArgumentConflict, text));
        }
        Ok(Input { files })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Input::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Args for Input {
    fn augment_args(command: Command) -> Command {
        Given::augment_args(command)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Given::augment_args_for_update(command)
    }
}
