using System.Text;

namespace ClassicBroker.Tools.Arguments;

/// <summary>
/// Usage lines and help as argparse4j words them. Its justified lines are not imitated: words stand one space apart. Stateless.
/// </summary>
internal static class ArgumentHelp
{
    private const int Width = 75;
    private const int Column = 25;

    /// <summary><c>usage: tool [-h] --topic TOPIC …</c>, wrapped below the tool's name.</summary>
    public static string Usage(ArgumentParser parser)
    {
        var lead = $"usage: {Prefix(parser)}";
        return Wrap(lead, Parts(parser), new string(' ', $"usage: {parser.Program} ".Length));
    }

    public static string Format(ArgumentParser parser)
    {
        var text = new StringBuilder(Usage(parser)).Append('\n');
        if (parser.Description is not null)
        {
            text.Append('\n').Append(Wrap("", parser.Description.Split(' '), "")).Append('\n');
        }

        if (parser.CommandMetavar is null)
        {
            AppendCommands(text, parser, "positional arguments", Choices(parser));
        }

        text.Append("\noptional arguments:\n");
        AppendEntry(text, "  -h, --help", "show this help message and exit");
        if (parser.Version is not null)
        {
            AppendEntry(text, "  -v, --version", "show the version of this Kafka distribution and exit");
        }

        foreach (var argument in parser.Arguments.Where(argument => argument.Group?.Title is null))
        {
            AppendArgument(text, argument);
        }

        foreach (var group in parser.Arguments.GroupBy(argument => argument.Group).Where(group => group.Key?.Title is not null))
        {
            var heading = group.Key!.Title is "" ? "" : $"{group.Key.Title}:\n";
            text.Append('\n').Append(heading).Append("  ").Append(group.Key.Description).Append("\n\n");
            foreach (var argument in group)
            {
                AppendArgument(text, argument);
            }
        }

        if (parser.CommandMetavar is { } metavar)
        {
            AppendCommands(text, parser, "commands", metavar);
        }

        return text.ToString();
    }

    private static void AppendCommands(StringBuilder text, ArgumentParser parser, string title, string choices)
    {
        if (parser.Commands.Count == 0)
        {
            return;
        }

        text.Append('\n').Append(title).Append(":\n").Append("  ").Append(choices).Append('\n');
        foreach (var (name, help, _) in parser.Commands)
        {
            AppendEntry(text, $"    {name}", help);
        }
    }

    private static string Choices(ArgumentParser parser) => $"{{{string.Join(',', parser.Commands.Select(command => command.Name))}}}";

    /// <summary>The tool, and where it is a command of another what that one requires, in the order of a command line.</summary>
    private static string Prefix(ArgumentParser parser)
    {
        if (parser.Parent is not { } parent)
        {
            return parser.Program;
        }

        var required = Grouped(parent).Where(part => part[0] is '(').ToArray();
        return string.Join(' ', [parent.Program, .. required, parser.Program[(parent.Program.Length + 1)..]]);
    }

    private static IEnumerable<string> Parts(ArgumentParser parser)
    {
        yield return "[-h]";
        if (parser.Version is not null)
        {
            yield return "[-v]";
        }

        foreach (var part in Grouped(parser))
        {
            yield return part;
        }

        if (parser.Commands.Count > 0)
        {
            yield return parser.CommandMetavar ?? Choices(parser);
            yield return "...";
        }
    }

    private static IEnumerable<string> Grouped(ArgumentParser parser)
    {
        foreach (var argument in parser.Arguments.Where(argument => argument.Group is null))
        {
            yield return argument.IsRequired ? argument.Syntax : $"[{argument.Syntax}]";
        }

        foreach (var group in parser.Arguments.GroupBy(argument => argument.Group).Where(group => group.Key is not null))
        {
            var choices = string.Join(" | ", group.Select(argument => argument.Syntax));
            yield return group.Key!.IsRequired ? $"({choices})" : $"[{choices}]";
        }
    }

    private static void AppendArgument(StringBuilder text, ArgumentSpec argument)
    {
        var names = argument.Names.Select(name => argument.Metavar is null ? name
            : argument.TakesMany ? $"{name} {argument.Metavar} [{argument.Metavar} ...]"
            : $"{name} {argument.Metavar}");
        AppendEntry(
            text,
            $"  {string.Join(", ", names)}",
            argument.Default is null ? argument.Help : $"{argument.Help} (default: {argument.Default})");
    }

    private static void AppendEntry(StringBuilder text, string head, string help)
    {
        var indent = new string(' ', Column);
        if (head.Length < Column)
        {
            text.Append(Wrap(head.PadRight(Column - 1), help.Split(' '), indent)).Append('\n');
        }
        else
        {
            text.Append(head).Append('\n').Append(Wrap(indent[1..], help.Split(' '), indent)).Append('\n');
        }
    }

    private static string Wrap(string lead, IEnumerable<string> words, string indent)
    {
        var text = new StringBuilder(lead);
        var line = lead.Length;
        foreach (var word in words.Where(word => word.Length > 0))
        {
            if (line > indent.Length && line + 1 + word.Length > Width)
            {
                text.Append('\n').Append(indent).Append(word);
                line = indent.Length + word.Length;
            }
            else
            {
                text.Append(line > 0 ? " " : "").Append(word);
                line += word.Length + 1;
            }
        }

        return text.ToString();
    }
}
