using System.Reflection.PortableExecutable;
using ClassicBroker.Client;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Packages.Tests;

/// <summary>Every sample, built from packages outside the checkout, does what it says.</summary>
[Collection(SamplesCollection.Name)]
public sealed class SampleTests(PackedSamples samples)
{
    private const string SpanName = "Activity.DisplayName:        ";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private string Brokers => samples.Kafka.BootstrapServers;

    private async Task ProduceAsync(string topic, params string[] values)
    {
        await using var producer = new KafkaProducer<string?, string?>(ProducerConfig.ForReliability(Brokers), Serdes.String, Serdes.String);
        foreach (var value in values)
        {
            await producer.ProduceAsync(topic, "k", value);
        }
    }

    private async Task<List<string?>> ReadAsync(string topic, int count)
    {
        await using var consumer = new KafkaConsumer<string?, string?>(
            new ConsumerConfig { BootstrapServers = Brokers, AutoOffsetReset = AutoOffsetReset.Earliest, IsolationLevel = IsolationLevel.ReadCommitted },
            Serdes.String,
            Serdes.String);
        consumer.Assign([new Primitives.TopicPartition(topic, 0)]);
        using var patience = new CancellationTokenSource(Patience);
        List<string?> values = [];
        await foreach (var record in consumer.ConsumeAsync(patience.Token))
        {
            values.Add(record.Value);
            if (values.Count == count)
            {
                break;
            }
        }

        return values;
    }

    private static async Task<string> RunAsync(ChildProcess process, int exitCode = 0)
    {
        await using (process)
        {
            Assert.True(await process.WaitForExitAsync(Patience) == exitCode, process.Output);
            return process.Output;
        }
    }

    [Fact]
    public async Task ProduceAndConsume_ends_well_twice_in_a_row()
    {
        var first = await RunAsync(samples.Start("ProduceAndConsume", Brokers, "twice"));
        Assert.Equal(10, first.Split("read twice-").Length - 1);
        var second = await RunAsync(samples.Start("ProduceAndConsume", Brokers, "twice"));
        Assert.Equal(20, second.Split("read twice-").Length - 1);
    }

    [Fact]
    public async Task The_readmes_program_ends_well_twice_in_a_row()
    {
        Assert.Single((await RunAsync(samples.Start("Readme", Brokers))).Split('\n'));
        Assert.Equal(2, (await RunAsync(samples.Start("Readme", Brokers))).Split('\n').Length);
    }

    [Fact]
    public async Task ConsumeTransformProduce_writes_what_it_reads_in_transactions()
    {
        await ProduceAsync("lower", "a", "b");
        await using var copier = samples.Start("ConsumeTransformProduce", Brokers, "copiers", "copier-1", "lower", "upper");
        await copier.WaitForAsync("copied", Patience);
        Assert.Equal(["A", "B"], await ReadAsync("upper", 2));
        copier.Signal(ChildProcess.Sigterm);
        Assert.Equal(0, await copier.WaitForExitAsync(Patience));
    }

    [Theory]
    [InlineData("at-least-once", true)]
    [InlineData("at-most-once", false)]
    public async Task A_record_under_way_when_the_process_dies_comes_again_or_not_as_was_promised(string guarantee, bool comesAgain)
    {
        await ProduceAsync(guarantee, "first", "fatal", "end");
        var died = await RunAsync(samples.Start("DeliveryGuarantees", guarantee, Brokers, $"group-{guarantee}", guarantee, "fatal"), exitCode: 9);
        Assert.Equal("working on first\nworking on fatal", died);
        var ended = await RunAsync(samples.Start("DeliveryGuarantees", guarantee, Brokers, $"group-{guarantee}", guarantee));
        Assert.Equal(comesAgain ? "working on fatal\nworking on end" : "working on end", ended);
    }

    [Fact]
    public async Task HostedService_bills_orders_retries_one_that_fails_and_puts_it_with_the_dead_letters()
    {
        await ProduceAsync("bills", """{"Number":1,"Amount":5}""", """{"Number":2,"Amount":-5}""", """{"Number":3,"Amount":7}""");
        await using var service = samples.Start("HostedService", $"--Orders:bootstrap.servers={Brokers}", "--Orders:service.topics=bills");
        await service.WaitForAsync("order 3 of bills is billed", Patience);
        await service.WaitForAsync("order 2 of bills-retry-1s fails", Patience);
        Assert.Equal(["""{"Number":2,"Amount":-5}"""], await ReadAsync("bills-dead-letter", 1));
        service.Signal(ChildProcess.Sigterm);
        Assert.Equal(0, await service.WaitForExitAsync(Patience));
    }

    [Fact]
    public async Task HostedService_says_what_is_wrong_with_its_configuration()
    {
        var output = await RunAsync(samples.Start("HostedService", $"--Orders:bootstrap.servers={Brokers}", "--Orders:session.timeout=1"), exitCode: 134);
        Assert.Contains("Section Orders has the key session.timeout, which a Kafka consumer does not know.", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Records_go_from_the_producer_of_0_8_to_its_simple_consumer_and_to_its_group_in_ZooKeeper()
    {
        Assert.Equal("sent 2", (await samples.RunAsync("ClassicProduce", "a:1\nb:2\n", Brokers, "classic", "sync")).Trim());
        var read = await samples.RunAsync("SimpleRead", "", Brokers, "classic", "0", "smallest", "2");
        Assert.Equal(["0 1", "1 2"], read.Trim().Split('\n').Select(line => line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..]));
        await using var member = samples.Start("ZooKeeperGroup", samples.Kafka.ZooKeeperConnect, "old-readers", "classic");
        await member.WaitForAsync("message classic 0 1 2", Patience);
        member.Signal(ChildProcess.Sigterm);
        Assert.Equal(0, await member.WaitForExitAsync(Patience));
    }

    [Fact]
    public async Task WebWithTraces_leads_one_trace_from_the_request_to_the_handler()
    {
        await using var web = samples.Start("WebWithTraces", $"--Kafka:bootstrap.servers={Brokers}", "--urls=http://127.0.0.1:0");
        await web.WaitForAsync("Now listening on: ", Patience);
        var address = web.Output.Split("Now listening on: ")[1].Split('\n')[0].Trim();
        using var http = new HttpClient { BaseAddress = new Uri(address), Timeout = Patience };
        using var answer = await http.PostAsync("/orders/42", content: null);
        Assert.Equal("web-orders-0@0", await answer.Content.ReadAsStringAsync());
        foreach (var span in (string[])["process web-orders", "send web-orders", "POST /orders/{number}"])
        {
            await web.WaitForAsync($"{SpanName}{span}", Patience);
        }

        var trace = TraceOf(web.Output, "process web-orders");
        Assert.Equal(trace, TraceOf(web.Output, "send web-orders"));
        Assert.Equal(trace, TraceOf(web.Output, "POST /orders/{number}"));
        web.Signal(ChildProcess.Sigterm);
        Assert.Equal(0, await web.WaitForExitAsync(Patience));
        Assert.Contains("messaging.client.sent.messages", web.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PublishTrimmed")]
    [InlineData("PublishAot")]
    public async Task A_program_is_published_without_a_warning_and_runs(string form)
    {
        var program = await samples.PublishAsync("ProduceAndConsume", form);
        var output = await RunAsync(ChildProcess.Start(program, [Brokers, $"topic-{form}"]));
        Assert.Equal(10, output.Split($"read topic-{form}-").Length - 1);
    }

    [Theory]
    [InlineData("win-x64")]
    [InlineData("osx-arm64")]
    [InlineData("linux-musl-arm64")]
    public async Task A_program_for_another_system_is_managed_code_throughout(string system)
    {
        var folder = await samples.PublishForAsync("ProduceAndConsume", system);
        var libraries = Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Where(file => Path.GetExtension(file) is not (".json" or ".pdb" or ".xml")).ToList();
        Assert.Contains(libraries, file => Path.GetFileName(file) == "ClassicBroker.Transport.dll");
        Assert.All(libraries, file =>
        {
            using var content = new PEReader(File.OpenRead(file));
            Assert.True(content.HasMetadata && (content.PEHeaders.CorHeader!.Flags & CorFlags.ILOnly) != 0, file);
        });
    }

    /// <summary>The console exporter prints the trace id of a span before its name.</summary>
    private static string TraceOf(string output, string span)
    {
        var name = output.IndexOf($"{SpanName}{span}", StringComparison.Ordinal);
        Assert.True(name > 0, output);
        const string Id = "Activity.TraceId:            ";
        return output.Substring(output.LastIndexOf(Id, name, StringComparison.Ordinal) + Id.Length, 32);
    }
}
