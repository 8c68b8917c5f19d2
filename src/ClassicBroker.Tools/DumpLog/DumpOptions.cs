using ClassicBroker.Tools.Facts;

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

    /// <summary>Where a document was asked for: what is dumped goes into it. Null for text.</summary>
    public FactDocument? Facts { get; init; }

    public required IRecordDecoder Decoder { get; init; }
}
