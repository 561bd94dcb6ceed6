//! Flags that environment variables set: `--max-body` is `DOVERB_MAX_BODY`.

use std::env;

use clap::builder::BoolishValueParser;
use clap::{Arg, ArgAction, Command};

/// The command, with a variable for each flag of `serve`. A flag that is given wins.
pub(super) fn of_flags(command: Command) -> Command {
    command.mut_subcommand("serve", |serve| serve.mut_args(with_variable))
}

fn with_variable(arg: Arg) -> Arg {
    let Some(long) = arg.get_long().filter(|long| !matches!(*long, "help" | "version")) else {
        return arg;
    };
    let variable = variable(long);
    // What hosting services set.
    let variable = if long == "port" && env::var_os(&variable).is_none() { "PORT".into() } else { variable };
    let arg = match arg.get_action() {
        ArgAction::SetTrue => arg.value_parser(BoolishValueParser::new()),
        ArgAction::Append => arg.value_delimiter('\n'),
        _ => arg,
    };
    arg.env(variable).hide_env(true)
}

fn variable(long: &str) -> String {
    format!("DOVERB_{}", long.to_ascii_uppercase().replace('-', "_"))
}

#[cfg(test)]
mod tests {
    use super::variable;

    #[test]
    fn a_variable_is_called_as_its_flag() {
        assert_eq!(variable("max-total-memory"), "DOVERB_MAX_TOTAL_MEMORY");
    }
}
