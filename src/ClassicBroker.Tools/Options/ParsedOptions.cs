using ClassicBroker.Primitives;

namespace ClassicBroker.Tools.Options;

/// <summary>What a command line said, asked option by option. Filled by <see cref="OptionParser.Parse"/>, then only read.</summary>
internal sealed class ParsedOptions(OptionParser parser)
{
    private readonly Dictionary<OptionSpec, List<string>> _values = [];
    private readonly List<string> _words = [];

    /// <summary>Words that belong to no option.</summary>
    public IReadOnlyList<string> Words => _words;

    public bool Has(OptionSpec option) => _values.ContainsKey(option);

    /// <summary>The value given, else the default.</summary>
    /// <exception cref="UsageException">More than one value was given.</exception>
    public string? Value(OptionSpec option)
    {
        if (!_values.TryGetValue(option, out var values) || values.Count == 0)
        {
            return option.Default;
        }

        return values.Count == 1
            ? values[0]
            : throw parser.Unreadable(
                "MultipleArgumentsForOptionException", $"Found multiple arguments for option {option.Name}, but you asked for only one");
    }

    /// <summary>All values given, in order; else the default alone.</summary>
    public IReadOnlyList<string> Values(OptionSpec option)
    {
        if (_values.TryGetValue(option, out var values) && values.Count > 0)
        {
            return values;
        }

        return option.Default is null ? [] : [option.Default];
    }

    /// <summary>The value of an option that has a default or was required before.</summary>
    public string Text(OptionSpec option) => Value(option) ?? throw Missing(option);

    public int Int32(OptionSpec option) =>
        JavaText.TryParseInt(Text(option), out var number)
            ? number
            : throw BadArgument(option);

    public long Int64(OptionSpec option) =>
        JavaText.TryParseLong(Text(option), out var number)
            ? number
            : throw BadArgument(option);

    /// <exception cref="UsageException">One of <paramref name="options"/> is absent.</exception>
    public void Require(params ReadOnlySpan<OptionSpec> options)
    {
        foreach (var option in options)
        {
            if (!Has(option))
            {
                throw Missing(option);
            }
        }
    }

    /// <exception cref="UsageException"><paramref name="option"/> stands beside one of <paramref name="others"/>.</exception>
    public void Forbid(OptionSpec option, params ReadOnlySpan<OptionSpec> others)
    {
        if (!Has(option))
        {
            return;
        }

        foreach (var other in others)
        {
            if (other != option && Has(other))
            {
                throw parser.Usage($"Option \"[{option.Name}]\" can't be used with option \"[{other.Name}]\"");
            }
        }
    }

    /// <summary>Every <c>key=value</c> of an option, split at the first equals sign.</summary>
    /// <exception cref="UsageException">A value has no equals sign, and <paramref name="emptyValues"/> does not allow that.</exception>
    public IEnumerable<KeyValuePair<string, string>> Pairs(OptionSpec option, bool emptyValues = true)
    {
        foreach (var pair in Values(option))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            var value = equals < 0 ? "" : pair[(equals + 1)..];
            if (value.Length == 0 && !emptyValues)
            {
                throw new ArgumentException($"Missing value for key {(equals < 0 ? pair : pair[..equals])}}}");
            }

            yield return new KeyValuePair<string, string>(equals < 0 ? pair : pair[..equals], value);
        }
    }

    public void Add(OptionSpec option, string? value)
    {
        if (!_values.TryGetValue(option, out var values))
        {
            _values.Add(option, values = []);
        }

        if (value is not null)
        {
            values.Add(value);
        }
    }

    public void AddWords(IEnumerable<string> words) => _words.AddRange(words);

    private Exception BadArgument(OptionSpec option) =>
        parser.Unreadable("OptionArgumentConversionException", $"Cannot parse argument '{Value(option)}' of option {option.Name}");

    private UsageException Missing(OptionSpec option) => parser.Usage($"Missing required argument \"[{option.Name}]\"");
}
