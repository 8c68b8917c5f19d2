using System.Globalization;

namespace ClassicBroker.Protocol.Generator;

/// <summary>An inclusive range of message versions; empty where <see cref="Low"/> is above <see cref="High"/>.</summary>
internal readonly struct VersionRange(int low, int high)
{
    public static readonly VersionRange None = new(0, -1);

    public int Low { get; } = low;

    public int High { get; } = high;

    public bool IsEmpty => Low > High;

    /// <summary>Reads <c>N</c>, <c>N-M</c> or <c>N+</c>, the last meaning up to <paramref name="highest"/>.</summary>
    public static bool TryParse(string text, int highest, out VersionRange range)
    {
        range = None;
        var dash = text.IndexOf('-');
        if (text.EndsWith("+", StringComparison.Ordinal))
        {
            return TryNumber(text.Substring(0, text.Length - 1), out var from) && Accept(from, Math.Max(from, highest), out range);
        }

        if (dash > 0)
        {
            return TryNumber(text.Substring(0, dash), out var from) && TryNumber(text.Substring(dash + 1), out var to)
                && Accept(from, to, out range);
        }

        return TryNumber(text, out var only) && Accept(only, only, out range);
    }

    public VersionRange Intersect(VersionRange other) => new(Math.Max(Low, other.Low), Math.Min(High, other.High));

    public bool Covers(VersionRange other) => other.IsEmpty || (Low <= other.Low && other.High <= High);

    /// <summary>
    /// The C# condition under which <c>version</c> lies in this range, given that it lies in <paramref name="context"/>;
    /// null where that is certain.
    /// </summary>
    public string? Condition(VersionRange context)
    {
        var below = Low > context.Low;
        var above = High < context.High;
        return (below, above) switch
        {
            (false, false) => null,
            (true, false) => $"version >= {Low}",
            (false, true) => $"version <= {High}",
            _ => Low == High ? $"version == {Low}" : $"version is >= {Low} and <= {High}",
        };
    }

    /// <summary>The negation of <see cref="Condition"/>.</summary>
    public string? ConditionOutside(VersionRange context)
    {
        var below = Low > context.Low;
        var above = High < context.High;
        return (below, above) switch
        {
            (false, false) => null,
            (true, false) => $"version < {Low}",
            (false, true) => $"version > {High}",
            _ => Low == High ? $"version != {Low}" : $"version is < {Low} or > {High}",
        };
    }

    public override string ToString() => Low == High ? $"{Low}" : $"{Low}-{High}";

    private static bool TryNumber(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number <= short.MaxValue;

    private static bool Accept(int low, int high, out VersionRange range)
    {
        range = new(low, high);
        return low <= high;
    }
}
