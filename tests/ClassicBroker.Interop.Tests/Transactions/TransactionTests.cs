using System.Text;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Records;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Interop.Tests.Transactions;

/// <summary>
/// Transactions of librdkafka against a broker process: a reader of committed records sees what was committed and nothing else, also when
/// a second producer takes the id and when the broker is killed in between.
/// </summary>
public sealed class TransactionTests : IAsyncLifetime
{
    private const int Partitions = 2;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);
    private static readonly string Drivers = Path.Combine(AppContext.BaseDirectory, "Clients");

    private readonly ScratchDirectory _scratch = new();
    private ZooKeeperServerProcess? _zooKeeper;
    private KafkaServerProcess? _broker;

    private KafkaServerProcess Broker => _broker!;

    public async ValueTask InitializeAsync()
    {
        _zooKeeper = await new ZooKeeperServerProcess(_scratch.File("zookeeper")).StartAsync();
        _broker = await new KafkaServerProcess(
            _scratch.File("broker"),
            _zooKeeper.ConnectString,
            properties: new Dictionary<string, string>
            {
                ["offsets.topic.num.partitions"] = "1",
                ["transaction.state.log.num.partitions"] = "1",
                ["zookeeper.session.timeout.ms"] = "4000",
            }).StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_broker is not null)
        {
            await _broker.DisposeAsync();
        }

        if (_zooKeeper is not null)
        {
            await _zooKeeper.DisposeAsync();
        }

        _scratch.Dispose();
    }

    [Fact]
    public async Task A_reader_of_committed_records_sees_what_was_committed_and_nothing_else()
    {
        await CreateAsync("t");
        Assert.Equal(
            [
                "ok -1001",
                "ok", "ok", "ok", "ok",
                "ok", "ok", "ok",
                "ok", "ok", "ok", "ok",
                "ok 7",
                "ok 0 1 2 3 4 5 6 7 8 9 20 21 22 23",
                "ok 0 1 2 3 4 5 6 7 8 9 10 11 12 13 20 21 22 23",
            ],
            await TalkAsync(
                "t",
                "committed g",
                "open a", "begin a", "send a 0 10", "commit a",
                "begin a", "send a 10 4", "abort a",
                "begin a", "send a 20 4", "offsets a g 7", "commit a",
                "committed g",
                "read committed",
                "read uncommitted"));

        // The markers are written and readers go on before the coordinator has noted the end.
        var listed = "";
        await ThreeBrokers.UntilAsync(
            async () => (listed = (await ToolAsync("list")).RequireSuccess().Text).Contains("CompleteCommit", StringComparison.Ordinal),
            () => $"a transaction that is complete:\n{listed}");
        Assert.Equal(
            "TransactionalId \tCoordinator\tProducerId\tTransactionState\t\ntransactional-id\t0          \t0         \tCompleteCommit  \t\n", listed);
    }

    [Fact]
    public async Task The_tool_aborts_a_transaction_in_a_partition_once()
    {
        await CreateAsync("t");
        Assert.Equal(["ok", "ok", "ok"], await TalkAsync("t", "open a", "begin a", "send a 0 2"));
        string[] abort = ["abort", "--topic", "t", "--partition", "0", "--start-offset", "0"];
        Assert.Contains("\t0                            \t\n", (await ToolAsync("describe-producers", "--topic", "t", "--partition", "0")).Text);
        Assert.Equal("", (await ToolAsync(abort)).RequireSuccess().Text);
        var again = await ToolAsync(abort);
        Assert.Equal(
            (1, "Could not find any open transactions starting at offset 0 on partition t-0\n"), (again.ExitCode, again.StandardError));
    }

    [Fact]
    public async Task A_transaction_that_no_coordinator_knows_is_found_hanging_and_aborted_by_the_tool()
    {
        await CreateAsync("t");
        Assert.Equal(["ok", "ok", "ok", "ok"], await TalkAsync("t", "open a", "begin a", "send a 0 4", "commit a"));
        (await ChildProcess.RunAsync(
            RepositoryLayout.Script("kafka-configs.sh"),
            [
                "--bootstrap-server", Broker.BootstrapServers, "--alter", "--entity-type", "brokers", "--entity-default",
                "--add-config", "transaction.partition.verification.enable=false",
            ])).RequireSuccess();
        await HangAsync();

        Assert.Equal(["ok 0 1 2 3"], await TalkAsync("t", "read committed"));
        Assert.DoesNotContain("4242", (await ToolAsync("find-hanging", "--topic", "t")).RequireSuccess().Text, StringComparison.Ordinal);
        var found = (await ToolAsync("find-hanging", "--topic", "t", "--max-transaction-timeout", "0")).RequireSuccess().Text;
        Assert.Matches(@"t\s+0\s+4242\s+0\s+-1\s+3\s", found);
        Assert.Equal("", (await ToolAsync("abort", "--topic", "t", "--partition", "0", "--start-offset", "3")).RequireSuccess().Text);

        // What comes behind it can be read again.
        Assert.Equal(
            ["ok", "ok", "ok", "ok", "ok 0 1 2 3 6"],
            await TalkAsync("t", "open b", "begin b", "send b 6 1", "commit b", "read committed"));
        var left = (await ToolAsync("find-hanging", "--topic", "t", "--max-transaction-timeout", "0")).RequireSuccess().Text;
        Assert.DoesNotContain("4242", left, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_producer_with_the_same_id_fences_the_first_and_aborts_its_transaction()
    {
        await CreateAsync("t");
        Assert.Equal(
            [
                "ok", "ok", "ok",
                "ok",
                "ok",
                "ok",
                "error _FENCED fatal=True abortable=False",
                "ok", "ok", "ok",
                "ok 40 41",
            ],
            await TalkAsync(
                "t",
                "open a", "begin a", "send a 30 3",
                "read committed",
                "open b",
                "read committed",
                "commit a",
                "begin b", "send b 40 2", "commit b",
                "read committed"));
    }

    [Fact]
    public async Task A_copy_in_transactions_is_exact_though_the_broker_is_killed_again_and_again()
    {
        const int total = 1_000;
        await CreateAsync("in");
        await CreateAsync("out");
        Assert.Equal(["ok -1001", "ok", "ok", "ok", "ok"], await TalkAsync("in", "committed copiers", "open a", "begin a", $"send a 0 {total}", "commit a"));
        await using var copier = ChildProcess.Start(
            "/usr/bin/python3",
            [Path.Combine(Drivers, "exactly_once_confluent.py"), Broker.BootstrapServers, "copier", "copiers", "in", "out", $"{total}"]);
        foreach (var copied in (int[])[100, 300, 500])
        {
            await copier.WaitForAsync($"copied {copied}", Limit);
            await Broker.KillAsync();
            await Broker.StartAsync();
        }

        Assert.Equal(0, await copier.WaitForExitAsync(Limit));
        Assert.Equal($"ok {string.Join(' ', Enumerable.Range(0, total))}", Assert.Single(await TalkAsync("out", "read committed")));
    }

    [Fact]
    public async Task The_sample_copies_exactly_once_though_broker_and_worker_are_killed()
    {
        const int round = 400;
        await CreateAsync("in");
        await CreateAsync("out");
        await using var survivor = Copier("survivor");
        var victim = Copier("victim");
        try
        {
            for (var i = 0; i < 3; i++)
            {
                Assert.Equal(["ok", "ok", "ok", "ok"], await TalkAsync("in", "open a", "begin a", $"send a {i * round} {round}", "commit a"));
                victim.Signal(ChildProcess.Sigkill);
                await Broker.KillAsync();
                await victim.DisposeAsync();
                await Broker.StartAsync();
                victim = Copier("victim");
            }

            (await ChildProcess.RunAsync(
                RepositoryLayout.Script("kafka-console-consumer.sh"),
                [
                    "--bootstrap-server", Broker.BootstrapServers, "--topic", "out", "--from-beginning", "--isolation-level", "read_committed",
                    "--max-messages", $"{3 * round}",
                ],
                limit: Limit)).RequireSuccess();
            Assert.Equal($"ok {string.Join(' ', Enumerable.Range(0, 3 * round))}", Assert.Single(await TalkAsync("out", "read committed")));
            foreach (var copier in (ChildProcess[])[survivor, victim])
            {
                copier.Signal(ChildProcess.Sigterm);
                Assert.True(await copier.WaitForExitAsync(Limit) == 0, copier.Output);
            }
        }
        finally
        {
            await victim.DisposeAsync();
        }
    }

    /// <summary>
    /// Has a producer without a transaction open one in partition 0, as a batch that came late could before brokers verified it. The
    /// change of the configuration reaches the broker a moment after the tool has ended.
    /// </summary>
    private async Task HangAsync()
    {
        using var connection = new RawConnection(Broker.Port);
        ErrorCode error;
        do
        {
            using var batch = new RecordBatchBuilder { ProducerId = 4242, ProducerEpoch = 0, BaseSequence = 0, IsTransactional = true };
            batch.Append(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), null, "9"u8);
            var request = new ProduceRequest
            {
                TransactionalId = "nowhere",
                Acks = -1,
                TimeoutMs = 10_000,
                TopicData = [new() { Name = "t", PartitionData = [new() { Index = 0, Records = new RecordsPayload(batch.Build().ToArray()) }] }],
            };
            error = connection.Ask<ProduceRequest, ProduceResponse>(request, 9).Responses[0].PartitionResponses[0].ErrorCode;
            await Task.Delay(error == ErrorCode.None ? 0 : 100);
        }
        while (error is ErrorCode.InvalidTxnState or ErrorCode.InvalidProducerIdMapping);
        Assert.Equal(ErrorCode.None, error);
    }

    private ChildProcess Copier(string transactionalId) => ChildProcess.Start(
        RepositoryLayout.Program("ConsumeTransformProduce"), [Broker.BootstrapServers, "copiers", transactionalId, "in", "out"]);

    private Task<CommandOutcome> ToolAsync(params string[] arguments) =>
        ChildProcess.RunAsync(
            RepositoryLayout.Script("kafka-transactions.sh"), ["--bootstrap-server", Broker.BootstrapServers, .. arguments]);

    private async Task CreateAsync(string topic) =>
        (await ChildProcess.RunAsync(
            RepositoryLayout.Script("kafka-topics.sh"),
            [
                "--bootstrap-server", Broker.BootstrapServers, "--create", "--topic", topic, "--partitions", $"{Partitions}",
                "--replication-factor", "1",
            ])).RequireSuccess();

    private async Task<string[]> TalkAsync(string topic, params string[] commands) =>
        (await ChildProcess.RunAsync(
            "/usr/bin/python3",
            [Path.Combine(Drivers, "transactions_confluent.py"), Broker.BootstrapServers, topic, "transactional-id"],
            Encoding.UTF8.GetBytes(string.Concat(commands.Select(command => $"{command}\n"))),
            Limit)).RequireSuccess().Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
