using System.Globalization;
using System.Text;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Interop.Tests;

/// <summary>A client we did not write, driven through one of the programs in Clients/, or kcat through its own options.</summary>
public sealed class ForeignClient
{
    private static readonly string Drivers = Path.Combine(AppContext.BaseDirectory, "Clients");

    private readonly string _program;
    private readonly string _driver;
    private readonly string? _version;
    private readonly Dictionary<string, string> _environment = new() { ["NODE_PATH"] = RepositoryLayout.NodeModules };

    private ForeignClient(string name, string program, string driver, string? version = null, bool carriesHeaders = true)
    {
        Name = name;
        _program = program;
        _driver = driver;
        _version = version;
        CarriesHeaders = carriesHeaders;
    }

    public string Name { get; }

    public bool CarriesHeaders { get; }

    public IReadOnlyList<ForeignRecord> Corpus => CarriesHeaders ? RecordCorpus.Full : RecordCorpus.WithoutHeaders;

    public static ForeignClient KafkaPython(string? version = null) =>
        new(version is null ? "kafka-python" : $"kafka-python as {version}", "/usr/bin/python3", "kafka_python_client.py", version, carriesHeaders: version is null);

    public static ForeignClient Confluent(string? version = null) =>
        new(version is null ? "confluent-kafka" : $"confluent-kafka as {version}", "/usr/bin/python3", "confluent_client.py", version, carriesHeaders: version is null);

    public static ForeignClient KafkaJs() => new("kafkajs", "node", "kafkajs_client.js");

    public static ForeignClient NoKafka() => new("no-kafka", "node", "no_kafka_client.js", carriesHeaders: false);

    /// <summary>Lets the client speak TLS, trust one authority, and show a certificate where there is one.</summary>
    public ForeignClient WithTls(string authority, string? certificate, string? key)
    {
        _environment["TLS_CA"] = authority;
        if (certificate is not null && key is not null)
        {
            (_environment["TLS_CERTIFICATE"], _environment["TLS_KEY"]) = (certificate, key);
        }

        return this;
    }

    public async Task ProduceAsync(string bootstrap, string topic, string codec, IEnumerable<ForeignRecord> records)
    {
        var input = Encoding.UTF8.GetBytes(string.Concat(records.Select(record => record.ToJson() + "\n")));
        (await RunAsync(["produce", bootstrap, topic, codec], input)).RequireSuccess();
    }

    public async Task<IReadOnlyList<ForeignRecord>> ConsumeAsync(string bootstrap, string topic, int count)
    {
        var outcome = (await RunAsync(["consume", bootstrap, topic, count.ToString(CultureInfo.InvariantCulture)])).RequireSuccess();
        var read = outcome.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(ForeignRecord.FromJson).ToList();
        Assert.Equal(Enumerable.Range(0, count).Select(offset => (long)offset), read.Select(one => one.Offset));
        return read.ConvertAll(one => one.Record);
    }

    public Task<CommandOutcome> RunAsync(IEnumerable<string> arguments, ReadOnlyMemory<byte> input = default) =>
        ChildProcess.RunAsync(
            _program, [Path.Combine(Drivers, _driver), .. arguments, .. _version is null ? Array.Empty<string>() : [_version]], input,
            TimeSpan.FromSeconds(90), _environment);
}
