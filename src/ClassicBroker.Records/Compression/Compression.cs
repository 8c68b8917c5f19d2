namespace ClassicBroker.Records;

/// <summary>A codec and how hard it tries (KIP-390): what <c>compression.type</c> and <c>compression.*.level</c> say together.</summary>
public readonly record struct Compression
{
    public const int GzipDefaultLevel = -1;
    public const int GzipMinLevel = 1;
    public const int GzipMaxLevel = 9;
    public const int Lz4DefaultLevel = 9;
    public const int Lz4MinLevel = 1;
    public const int Lz4MaxLevel = 17;
    public const int ZstdDefaultLevel = 3;
    public const int ZstdMinLevel = -131072;
    public const int ZstdMaxLevel = 22;

    private Compression(CompressionCodec codec, int level)
    {
        Codec = codec;
        Level = level;
    }

    public static Compression None => default;

    public CompressionCodec Codec { get; }

    public int Level { get; }

    /// <summary>The codec at its default level.</summary>
    public static Compression Of(CompressionCodec codec) => new(codec, codec switch
    {
        CompressionCodec.Gzip => GzipDefaultLevel,
        CompressionCodec.Lz4 => Lz4DefaultLevel,
        CompressionCodec.Zstd => ZstdDefaultLevel,
        _ => 0,
    });

    /// <exception cref="ArgumentOutOfRangeException">The codec has no such level.</exception>
    public static Compression Of(CompressionCodec codec, int level) => IsLevelValid(codec, level)
        ? new(codec, level)
        : throw new ArgumentOutOfRangeException(nameof(level), level, $"{codec} has no such compression level.");

    public static bool IsLevelValid(CompressionCodec codec, int level) => codec switch
    {
        CompressionCodec.Gzip => level is GzipDefaultLevel or (>= GzipMinLevel and <= GzipMaxLevel),
        CompressionCodec.Lz4 => level is >= Lz4MinLevel and <= Lz4MaxLevel,
        CompressionCodec.Zstd => level is >= ZstdMinLevel and <= ZstdMaxLevel,
        _ => level == 0,
    };
}
