namespace ClassicBroker.Tools.DumpLog;

/// <summary>How much of the files to print. Immutable.</summary>
internal sealed record DumpOptions
{
    public bool PrintsData { get; init; }

    public bool IsDeep { get; init; }

    public bool SkipsRecordMetadata { get; init; }

    public bool VerifiesOnly { get; init; }

    public bool ChecksSanityOnly { get; init; }

    public int MaxBytes { get; init; } = int.MaxValue;

    public required IRecordDecoder Decoder { get; init; }
}
