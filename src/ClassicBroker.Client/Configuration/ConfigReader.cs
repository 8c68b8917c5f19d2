using ClassicBroker.Primitives;

namespace ClassicBroker.Client.Configuration;

/// <summary>
/// Takes typed values out of properties named as the Java clients name them, and remembers which it was asked for, so that misspelt
/// keys can be told. Used by one thread while a configuration is built.
/// </summary>
internal sealed class ConfigReader
{
    private readonly Dictionary<string, string> _properties = new(StringComparer.Ordinal);
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _inert = new(StringComparer.Ordinal);

    public ConfigReader(IEnumerable<KeyValuePair<string, string>> properties)
    {
        foreach (var (key, value) in properties)
        {
            _properties[key] = JavaText.Trim(value);
        }
    }

    /// <summary>Keys that were given and never asked for, sorted.</summary>
    public string[] UnusedKeys =>
        _properties.Keys.Where(key => !_asked.Contains(key)).Order(StringComparer.Ordinal).ToArray();

    /// <summary>Keys that were given and mean something to a Java client only, sorted.</summary>
    public string[] InertKeys => [.. _inert.Where(_properties.ContainsKey)];

    public string? String(string key)
    {
        _asked.Add(key);
        _inert.Remove(key);
        return _properties.GetValueOrDefault(key);
    }

    public string String(string key, string @default) => String(key) ?? @default;

    public bool IsSet(string key) => String(key) is not null;

    public int Int32(string key, int @default, int min = 0, int max = int.MaxValue) => (int)Int64(key, @default, min, max);

    public long Int64(string key, long @default, long min = 0, long max = long.MaxValue)
    {
        if (String(key) is not { } text)
        {
            return @default;
        }

        var isInt = max == int.MaxValue;
        if (!JavaText.TryParseLong(text, out var number) || (isInt && number is < int.MinValue or > int.MaxValue))
        {
            throw new KafkaConfigException(key, text, "Not a number of type " + (isInt ? "INT" : "LONG"));
        }

        if (number < min)
        {
            throw new KafkaConfigException(key, text, $"Value must be at least {min}");
        }

        return number <= max ? number : throw new KafkaConfigException(key, text, $"Value must be no more than {max}");
    }

    public double Double(string key, double @default, double min, double max)
    {
        if (String(key) is not { } text)
        {
            return @default;
        }

        if (!JavaText.TryParseDouble(text, out var number) || double.IsNaN(number))
        {
            throw new KafkaConfigException(key, text, "Not a number of type DOUBLE");
        }

        return number < min ? throw OutOfRange($"Value must be at least {min:0.0#}")
            : number > max ? throw OutOfRange($"Value must be no more than {max:0.0#}")
            : number;

        KafkaConfigException OutOfRange(FormattableString reason) => new(key, text, FormattableString.Invariant(reason));
    }

    /// <summary>A span of time. Timers count to 24 days: longer times, such as Java's largest number, are cut to that.</summary>
    public TimeSpan Milliseconds(string key, long defaultMs, long minMs = 0, long maxMs = int.MaxValue) =>
        TimeSpan.FromMilliseconds(Math.Min(Int64(key, defaultMs, minMs, maxMs), int.MaxValue));

    public bool Boolean(string key, bool @default)
    {
        if (String(key) is not { } text)
        {
            return @default;
        }

        return JavaText.TryParseBoolean(text, out var value)
            ? value
            : throw new KafkaConfigException(key, text, "Expected value to be either true or false");
    }

    /// <summary>One of a fixed set of words, and what each of them means.</summary>
    public T Choice<T>(string key, T @default, params ReadOnlySpan<(string Word, T Meaning)> choices)
    {
        if (String(key) is not { } text)
        {
            return @default;
        }

        foreach (var (word, meaning) in choices)
        {
            if (word.Equals(text, StringComparison.OrdinalIgnoreCase))
            {
                return meaning;
            }
        }

        List<string> words = [];
        foreach (var (word, _) in choices)
        {
            words.Add(word);
        }

        throw new KafkaConfigException(key, text, $"String must be one of: {string.Join(", ", words)}");
    }

    /// <summary>Takes a key whose values but for some cannot be honoured, and must not be ignored.</summary>
    /// <exception cref="KafkaConfigException">It has another value.</exception>
    public void Refuse(string key, string reason, params ReadOnlySpan<string> harmless)
    {
        if (String(key) is not { Length: > 0 } text)
        {
            return;
        }

        foreach (var value in harmless)
        {
            if (value.Equals(text, StringComparison.OrdinalIgnoreCase))
            {
                return;
            }
        }

        throw new KafkaConfigException(key, text, reason);
    }

    /// <summary>
    /// Marks keys that mean something to a Java client only, so that they are not reported as misspelt;
    /// <see cref="KeysWithoutEffect"/> says why.
    /// </summary>
    public void Accept(params ReadOnlySpan<string> keys)
    {
        foreach (var key in keys)
        {
            _asked.Add(key);
            _inert.Add(key);
        }
    }
}
