namespace ClassicBroker.Tools.Groups;

/// <summary>What <c>--reset-offsets</c> was asked for. Immutable.</summary>
internal sealed record ResetPlan
{
    public required OffsetTarget Target { get; init; }

    /// <summary>The offset, the distance or the milliseconds since 1970, by what the target is.</summary>
    public long Number { get; init; }

    /// <summary>The text of the file, where the target is one.</summary>
    public string File { get; init; } = "";

    /// <summary><c>topic</c> or <c>topic:0,1,2</c>, as often as given.</summary>
    public IReadOnlyList<string> Topics { get; init; } = [];

    /// <summary>All topics the group committed offsets of.</summary>
    public bool IsAllTopics { get; init; }

    public bool IsExecuted { get; init; }

    public bool IsExported { get; init; }
}
