namespace ClassicBroker.Records.Tests;

/// <summary>libzstd and its managed port are held to the same results, each reading what the other wrote.</summary>
public class ZstdLibraryTests
{
    public static TheoryData<string, string, int> Pairs
    {
        get
        {
            var pairs = new TheoryData<string, string, int>();
            string[] libraries = NativeZstd.TryLoad(out _) ? ["native", "managed"] : ["managed"];
            foreach (var writer in libraries)
            {
                foreach (var reader in libraries)
                {
                    foreach (var level in new[] { -7, 3, 19 })
                    {
                        pairs.Add(writer, reader, level);
                    }
                }
            }

            return pairs;
        }
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void What_one_writes_the_other_reads(string writer, string reader, int level)
    {
        foreach (var plain in new[] { Samples.Text(100_000), Samples.Noise(70_000), [1] })
        {
            Assert.Equal(plain, Decompress(Library(reader), Compress(Library(writer), level, plain), plain.Length));
        }
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Damage_gives_data_or_an_error_and_nothing_else(string writer, string reader, int level)
    {
        var packed = Compress(Library(writer), level, Samples.Text(5000));
        var random = new Random(11);
        var refused = 0;
        for (var round = 0; round < 1000; round++)
        {
            var mutated = packed.ToArray();
            mutated[random.Next(mutated.Length)] = (byte)random.Next(256);
            refused += Decompress(Library(reader), mutated, 5000) is null ? 1 : 0;
        }

        Assert.InRange(refused, 1, 999);
    }

    private static ZstdLibrary Library(string name) =>
        name == "managed" ? new ManagedZstd() : NativeZstd.TryLoad(out var native) ? native : throw new InvalidOperationException(name);

    private static byte[] Compress(ZstdLibrary library, int level, byte[] plain)
    {
        var context = library.CreateCompressor();
        var packed = new byte[library.CompressedSizeMax(plain.Length)];
        var size = library.Compress(context, level, plain, packed);
        library.FreeCompressor(context);
        return packed[..size];
    }

    /// <summary>Null where the library refuses the frame, or the frame does not end.</summary>
    private static byte[]? Decompress(ZstdLibrary library, byte[] packed, int lengthMax)
    {
        var context = library.CreateDecompressor();
        try
        {
            var plain = new byte[lengthMax];
            var result = library.Decompress(context, packed, plain, out _, out var produced);
            return result == 0 ? plain[..produced] : null;
        }
        finally
        {
            library.FreeDecompressor(context);
        }
    }
}
