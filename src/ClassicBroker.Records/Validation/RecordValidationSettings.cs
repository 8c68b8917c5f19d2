using ClassicBroker.Primitives;

namespace ClassicBroker.Records;

/// <summary>
/// What a topic's configuration says about appends to one partition. Immutable; replaced when the configuration changes.
/// </summary>
public sealed record RecordValidationSettings
{
    public required TopicPartition TopicPartition { get; init; }

    /// <summary>The magic that <c>message.format.version</c> asks for.</summary>
    public byte TargetMagic { get; init; } = RecordFormat.CurrentMagic;

    /// <summary>What <c>compression.type</c> asks for; null is <c>producer</c>: keep what came.</summary>
    public Compression? TargetCompression { get; init; }

    public TimestampType TimestampType { get; init; } = TimestampType.CreateTime;

    /// <summary><c>message.timestamp.before.max.ms</c>.</summary>
    public long TimestampBeforeMaxMs { get; init; } = long.MaxValue;

    /// <summary><c>message.timestamp.after.max.ms</c>.</summary>
    public long TimestampAfterMaxMs { get; init; } = long.MaxValue;

    /// <summary>Does <c>cleanup.policy</c> contain <c>compact</c>, so that every record needs a key?</summary>
    public bool IsCompacted { get; init; }

    /// <summary><c>max.message.bytes</c>, the largest batch.</summary>
    public int MessageSizeMax { get; init; } = 1048588;

    /// <summary>The most bytes one batch may decompress to.</summary>
    public int DecompressedBytesMax { get; init; } = RecordFormat.DefaultDecompressedBytesMax;
}
