namespace ClassicBroker.Tools.Arguments;

/// <summary>
/// The command line of one tool that follows argparse4j, as some of Kafka's do: options that may be required, groups of which one may be
/// given, commands with options of their own; a usage line on standard error before every complaint.
/// </summary>
/// <param name="program">The tool's name in usage lines.</param>
/// <param name="description">What help says the tool is for.</param>
internal sealed class ArgumentParser(string program, string? description = null)
{
    private readonly List<ArgumentSpec> _arguments = [];
    private readonly List<(string Name, string Help, ArgumentParser Parser)> _commands = [];
    private ArgumentParser? _parent;

    /// <summary>The exit code of <c>--help</c>, which most of these tools take for a failure.</summary>
    public int HelpExitCode { get; init; } = 1;

    /// <summary>What stands for the commands, which help then shows last; null to list them.</summary>
    public string? CommandMetavar { get; init; }

    /// <summary>What <c>--version</c> prints; null for a tool without that option.</summary>
    public string? Version { get; init; }

    public string Program { get; } = program;

    public string? Description { get; } = description;

    public IReadOnlyList<ArgumentSpec> Arguments => _arguments;

    public IReadOnlyList<(string Name, string Help, ArgumentParser Parser)> Commands => _commands;

    /// <summary>The parser this one is a command of.</summary>
    public ArgumentParser? Parent => _parent;

    public ArgumentSpec Flag(string names, string help, ExclusiveGroup? group = null) =>
        Add(new ArgumentSpec { Names = names.Split(' '), Help = help, Group = group });

    public ArgumentSpec Value(
        string names, string metavar, string help, string? @default = null, bool isRequired = false, ExclusiveGroup? group = null) =>
        Add(new ArgumentSpec
        {
            Names = names.Split(' '),
            Metavar = metavar,
            Help = help,
            Default = @default,
            IsRequired = isRequired,
            Group = group,
        });

    public ArgumentSpec Values(string names, string metavar, string help) =>
        Add(new ArgumentSpec { Names = names.Split(' '), Metavar = metavar, Help = help, TakesMany = true });

    /// <summary>Adds a command with options of its own.</summary>
    public ArgumentParser Command(string name, string help, string? ownDescription = null)
    {
        var parser = new ArgumentParser($"{Program} {name}", ownDescription) { HelpExitCode = HelpExitCode, _parent = this };
        _commands.Add((name, help, parser));
        return parser;
    }

    /// <exception cref="ToolException">The words do not fit.</exception>
    /// <exception cref="ArgumentHelpException">Help or the version was asked for.</exception>
    public ParsedArguments Parse(IReadOnlyList<string> args)
    {
        var own = new ParsedArguments(this, "");
        var next = Read(args, 0, own);
        if (_commands.Count == 0)
        {
            return Check(own, next < args.Count ? args[next] : null);
        }

        if (next == args.Count)
        {
            throw Wrong("too few arguments");
        }

        if (IsOption(args[next]))
        {
            throw Wrong($"unrecognized arguments: '{args[next]}'");
        }

        var (name, _, parser) = _commands.Find(command => command.Name == args[next]);
        if (parser is null)
        {
            throw Wrong($"invalid choice: '{args[next]}' (choose from {string.Join(", ", _commands.Select(each => $"'{each.Name}'"))})");
        }

        var parsed = new ParsedArguments(parser, name);
        foreach (var argument in _arguments.Where(own.Has))
        {
            parsed.Add(argument).AddRange(own.Values(argument));
        }

        var end = parser.Read(args, next + 1, parsed);
        parser.Check(parsed, end < args.Count ? args[end] : null);
        return Check(parsed, unrecognized: null);
    }

    /// <summary>Ends the tool with the usage and a reason.</summary>
    public ToolException Wrong(string reason) =>
        new($"{ArgumentHelp.Usage(this)}\n{(Root.Program)}: error: {reason}");

    private ArgumentParser Root => _parent?.Root ?? this;

    private ArgumentSpec Add(ArgumentSpec argument)
    {
        _arguments.Add(argument);
        return argument;
    }

    /// <summary>Takes options; returns the place of the first word that is none.</summary>
    private int Read(IReadOnlyList<string> args, int start, ParsedArguments parsed)
    {
        for (var i = start; i < args.Count; i++)
        {
            var word = args[i];
            if (word is "-h" or "--help")
            {
                throw new ArgumentHelpException(this, ArgumentHelp.Format(this), HelpExitCode);
            }

            if (Version is { } version && (word is "-v" or "--version"))
            {
                throw new ArgumentHelpException(this, version + "\n", exitCode: 0);
            }

            var equals = word.StartsWith("--", StringComparison.Ordinal) ? word.IndexOf('=', StringComparison.Ordinal) : -1;
            var name = equals < 0 ? word : word[..equals];
            if (_arguments.Find(argument => argument.Names.Contains(name)) is not { } found)
            {
                return i;
            }

            var values = parsed.Add(found);
            if (found.Metavar is null)
            {
                continue;
            }

            if (equals >= 0)
            {
                values.Add(word[(equals + 1)..]);
            }
            else if (i + 1 == args.Count || IsOption(args[i + 1]))
            {
                throw Wrong($"argument {string.Join('/', found.Names)}: expected {(found.TakesMany ? "at least one" : "one")} argument");
            }
            else
            {
                i = Take(args, i + 1, found, values);
            }
        }

        return args.Count;
    }

    /// <summary>Takes the values from <paramref name="i"/> on; returns the place of the last one.</summary>
    private static int Take(IReadOnlyList<string> args, int i, ArgumentSpec argument, List<string> values)
    {
        values.Add(args[i]);
        while (argument.TakesMany && i + 1 < args.Count && !IsOption(args[i + 1]))
        {
            values.Add(args[++i]);
        }

        return i;
    }

    /// <summary>Negative numbers are values.</summary>
    private static bool IsOption(string word) => word.Length > 1 && word[0] == '-' && !char.IsAsciiDigit(word[1]);

    private ParsedArguments Check(ParsedArguments parsed, string? unrecognized)
    {
        if (unrecognized is not null)
        {
            throw Wrong($"unrecognized arguments: '{unrecognized}'");
        }

        // argparse4j names the last of several that are missing.
        if (_arguments.FindLast(argument => argument.IsRequired && !parsed.Has(argument)) is { } missing)
        {
            throw Wrong($"argument {missing.Names[0]} is required");
        }

        foreach (var group in _arguments.GroupBy(argument => argument.Group).Where(group => group.Key is not null))
        {
            var given = group.Where(parsed.Has).ToArray();
            if (given.Length > 1)
            {
                throw Wrong($"argument {given[1].Names[0]}: not allowed with argument {given[0].Names[0]}");
            }

            if (given.Length == 0 && group.Key!.IsRequired)
            {
                throw Wrong($"one of the arguments {string.Join(' ', group.Select(each => string.Join('/', each.Names)))} is required");
            }
        }

        return parsed;
    }
}
