using System.Globalization;

namespace ClassicBroker.Client.Hosting;

/// <summary>Takes the keys under <c>service</c> out of a section's properties, so that the consumer's are left. Stateless.</summary>
internal static class ServiceKeys
{
    private const string Prefix = "service.";

    private static readonly (string Unit, double Milliseconds)[] Units =
        [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

    /// <exception cref="KafkaConfigException">A value cannot be read, or there is no such key.</exception>
    public static void Take(KafkaConsumerServiceOptions options)
    {
        foreach (var (key, value) in options.Properties.Where(pair => pair.Key.StartsWith(Prefix, StringComparison.Ordinal)).ToList())
        {
            options.Properties.Remove(key);
            Take(options, key, value.Trim());
        }
    }

    /// <summary>A span in the fewest words: <c>5s</c>, <c>90s</c>, <c>1h</c>. Part of the names of retry topics.</summary>
    public static string Word(TimeSpan span)
    {
        var milliseconds = Math.Max(1, Math.Round(span.TotalMilliseconds));
        var (unit, length) = Units.Last(unit => milliseconds % unit.Milliseconds == 0);
        return string.Create(CultureInfo.InvariantCulture, $"{milliseconds / length:0}{unit}");
    }

    private static void Take(KafkaConsumerServiceOptions options, string key, string value)
    {
        switch (key)
        {
            case "service.topics":
                AddAll(options.Topics, value, topic => topic);
                break;
            case "service.delivery":
                options.Delivery = value switch
                {
                    "at-least-once" => DeliveryGuarantee.AtLeastOnce,
                    "at-most-once" => DeliveryGuarantee.AtMostOnce,
                    _ => throw new KafkaConfigException(key, value, "String must be one of: at-least-once, at-most-once"),
                };
                break;
            case "service.attempts":
                options.Attempts = Number(key, value, 1);
                break;
            case "service.retry.delays":
                AddAll(options.RetryDelays, value, delay => Span(key, delay));
                break;
            case "service.dead.letter.topic":
                options.DeadLetterTopic = value;
                break;
            case "service.create.topics":
                options.CreateTopics = bool.TryParse(value, out var isOn)
                    ? isOn
                    : throw new KafkaConfigException(key, value, "Expected value to be either true or false");
                break;
            case "service.drain.timeout.ms":
                options.DrainTimeout = TimeSpan.FromMilliseconds(Number(key, value, 0));
                break;
            default:
                throw new KafkaConfigException($"A hosted consumer does not know the key {key}.");
        }
    }

    private static void AddAll<T>(IList<T> list, string value, Func<string, T> read)
    {
        foreach (var item in value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            list.Add(read(item));
        }
    }

    private static int Number(string key, string value, int min) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= min
            ? number
            : throw new KafkaConfigException(key, value, $"Value must be a number of at least {min}");

    private static TimeSpan Span(string key, string value)
    {
        var digits = value.AsSpan().IndexOfAnyExceptInRange('0', '9');
        var unit = digits < 0 ? "ms" : value[digits..];
        var known = Array.Find(Units, candidate => candidate.Unit == unit);
        return known.Unit is not null
            && int.TryParse(digits < 0 ? value : value.AsSpan(0, digits), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number > 0
            ? TimeSpan.FromMilliseconds(number * known.Milliseconds)
            : throw new KafkaConfigException(key, value, "Expected a number with ms, s, m, h or d behind it, such as 5s");
    }
}
