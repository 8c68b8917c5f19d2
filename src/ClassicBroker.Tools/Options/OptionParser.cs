using ClassicBroker.Primitives;

namespace ClassicBroker.Tools.Options;

/// <summary>
/// The options of one tool, and the reading of a command line by them. It follows jopt-simple, which Kafka's tools are built on, with
/// abbreviations off: <c>--name value</c> or <c>--name=value</c>, one dash as good as two, a required value taken from whatever word
/// comes next, help of two wrapped columns. System.CommandLine was weighed and left: it rejects a value that looks like an option,
/// prints its own texts for every error, and renders help in one shape only, so that each of those would have had to be replaced.
/// </summary>
internal sealed class OptionParser
{
    private readonly SortedDictionary<string, OptionSpec> _specs = new(StringComparer.Ordinal);

    private readonly OptionErrors _errors;

    /// <param name="errors">How words that are no options of the tool are answered.</param>
    public OptionParser(OptionErrors errors = OptionErrors.Usage)
    {
        _errors = errors;
        Help = Flag("help", "Print usage information.");
        Version = Flag("version", "Display Kafka version.");
    }

    public OptionSpec Help { get; }

    public OptionSpec Version { get; }

    /// <summary>All options, by name.</summary>
    public IReadOnlyCollection<OptionSpec> Specs => _specs.Values;

    public OptionSpec Flag(string name, string description) => Add(new OptionSpec { Name = name, Description = description });

    /// <summary>An option with a value. <paramref name="type"/> is what help calls its type.</summary>
    public OptionSpec Value(
        string name,
        string description,
        string? argument = null,
        string? @default = null,
        string type = "String",
        bool isRequired = false) =>
        Add(new OptionSpec
        {
            Name = name,
            Description = description,
            IsRequired = isRequired,
            Argument = OptionArgument.Required,
            ArgumentDescription = argument,
            Default = @default,
            ArgumentType = type,
        });

    /// <summary>An option whose value may be left out.</summary>
    public OptionSpec OptionalValue(
        string name, string description, string? argument = null, string? @default = null, string type = "String") =>
        Add(new OptionSpec
        {
            Name = name,
            Description = description,
            Argument = OptionArgument.Optional,
            ArgumentDescription = argument,
            ArgumentType = type,
            Default = @default,
        });

    /// <summary>An option of older versions, which help does not show.</summary>
    public OptionSpec Hidden(string name, OptionArgument argument) =>
        Add(new OptionSpec { Name = name, Description = "", Argument = argument, IsHidden = true });

    /// <summary>Reads the command line of a tool whose help begins with <paramref name="purpose"/>.</summary>
    /// <exception cref="UsageException">There are no words, help was asked for, a word is no option, or a value is missing.</exception>
    /// <exception cref="VersionRequestedException"><c>--version</c> is among the options.</exception>
    public ParsedOptions Parse(IReadOnlyList<string> args, string purpose)
    {
        if (args.Count == 0)
        {
            throw Usage(purpose);
        }

        var parsed = Read(args);
        if (parsed.Has(Help))
        {
            throw Usage(purpose);
        }

        return parsed.Has(Version) ? throw new VersionRequestedException() : parsed;
    }

    /// <summary>Ends the tool with <paramref name="message"/> above the table of options.</summary>
    public UsageException Usage(string message) => new(message, this);

    /// <summary>Ends the tool because jopt-simple would not accept the words.</summary>
    /// <param name="exception">jopt-simple's exception, without its package.</param>
    /// <param name="message">What it says.</param>
    /// <param name="cause">What it names as its cause, where it does.</param>
    public Exception Unreadable(string exception, string message, JavaFailure? cause = null) =>
        _errors switch
        {
            OptionErrors.Usage => Usage(message),
            OptionErrors.Terse => new ToolException(message),
            _ => new JavaFailure("joptsimple." + exception, message, cause),
        };

    private ParsedOptions Read(IReadOnlyList<string> args)
    {
        var parsed = new ParsedOptions(this);
        for (var i = 0; i < args.Count; i++)
        {
            var word = args[i];
            if (word == "--")
            {
                parsed.AddWords(args.Skip(i + 1));
                break;
            }

            if (!LooksLikeOption(word))
            {
                parsed.AddWords([word]);
                continue;
            }

            var (spec, attached) = Recognise(word);
            i += Take(parsed, spec, attached, i + 1 < args.Count ? args[i + 1] : null);
        }

        return parsed;
    }

    private static bool LooksLikeOption(string word) => word.Length > 1 && word[0] == '-';

    /// <summary>A negative number, which begins as an option does.</summary>
    private static bool IsNumberFor(OptionSpec spec, string word) =>
        spec.ArgumentType is "Long" or "Integer" && JavaText.TryParseLong(word, out _);

    private OptionSpec Add(OptionSpec spec)
    {
        _specs.Add(spec.Name, spec);
        return spec;
    }

    private (OptionSpec Spec, string? Attached) Recognise(string word)
    {
        var body = word.StartsWith("--", StringComparison.Ordinal) ? word[2..] : word[1..];
        var equals = body.IndexOf('=', StringComparison.Ordinal);
        var name = equals < 0 ? body : body[..equals];
        return _specs.TryGetValue(name, out var spec)
            ? (spec, equals < 0 ? null : body[(equals + 1)..])
            : throw Unreadable("UnrecognizedOptionException", $"{name} is not a recognized option");
    }

    /// <summary>Stores one option; returns how many words its value took.</summary>
    private int Take(ParsedOptions parsed, OptionSpec spec, string? attached, string? next)
    {
        switch (spec.Argument)
        {
            case OptionArgument.None:
                parsed.Add(spec, null);
                return 0;
            case var _ when attached is not null:
                parsed.Add(spec, attached);
                return 0;
            case OptionArgument.Optional when next is null || (LooksLikeOption(next) && !IsNumberFor(spec, next)):
                parsed.Add(spec, null);
                return 0;
            default:
                parsed.Add(
                    spec,
                    next ?? throw Unreadable("OptionMissingRequiredArgumentException", $"Option {spec.Name} requires an argument"));
                return 1;
        }
    }
}
