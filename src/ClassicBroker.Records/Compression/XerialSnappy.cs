namespace ClassicBroker.Records;

/// <summary>The framing of the snappy-java library, which is what Kafka means by snappy. Not Google's own framing.</summary>
/// <remarks>
/// <code>
/// magic          8 bytes   82 'S' 'N' 'A' 'P' 'P' 'Y' 00
/// version        int32     1
/// minCompatible  int32     1
/// chunks                   length int32, one snappy block
/// </code>
/// </remarks>
internal static class XerialSnappy
{
    public const int HeaderSize = 16;

    /// <summary>Plain bytes in every chunk but the last.</summary>
    public const int BlockSize = 32 * 1024;

    /// <summary>What a chunk length reads as where streams were joined and another header stands in its place.</summary>
    public const int RepeatedMagic = unchecked((int)0x82534E41);

    public static ReadOnlySpan<byte> Header =>
        [0x82, (byte)'S', (byte)'N', (byte)'A', (byte)'P', (byte)'P', (byte)'Y', 0, 0, 0, 0, 1, 0, 0, 0, 1];

    public static ReadOnlySpan<byte> Magic => Header[..8];
}
