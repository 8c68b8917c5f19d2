namespace ClassicBroker.Records.Tests;

/// <summary>Log segments written by Kafka 2.2.2: topics <c>fmt-[message format]-[codec]</c> hold the same 40 keyed messages each.</summary>
internal static class Golden
{
    public static readonly string[] Formats =
    [
        "fmt-0.9.0-none", "fmt-0.9.0-gzip", "fmt-0.9.0-snappy", "fmt-0.9.0-lz4",
        "fmt-0.10.2-none", "fmt-0.10.2-gzip", "fmt-0.10.2-snappy", "fmt-0.10.2-lz4",
        "fmt-2.2-none", "fmt-2.2-gzip", "fmt-2.2-snappy", "fmt-2.2-lz4", "fmt-2.2-zstd",
    ];

    public static TheoryData<string> All => [.. Formats];

    public static byte[] Read(string name) => File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Golden", name + ".log"));

    public static byte Magic(string name) => name.Split('-')[1] switch { "0.9.0" => 0, "0.10.2" => 1, _ => 2 };

    public static CompressionCodec Codec(string name) => Enum.Parse<CompressionCodec>(name.Split('-')[2], ignoreCase: true);

    /// <summary>The value of message <paramref name="index"/>, as the producer of the recordings made it.</summary>
    public static string Value(int index) => $"value-{index}-{new string('x', (7 * index) % 90)}";
}
