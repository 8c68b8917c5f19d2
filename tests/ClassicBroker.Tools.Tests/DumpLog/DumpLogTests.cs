using System.Text.Json;
using System.Text.RegularExpressions;

namespace ClassicBroker.Tools.Tests.DumpLog;

/// <summary>Files that Kafka 2.2.2 wrote, dumped and held against its own dump of them; what later releases print differently is named here.</summary>
public sealed class DumpLogTests
{
    private const string Segment = "00000000000000000000";

    /// <summary>A dump of 2.2 in the words of 3.9.</summary>
    private static string InLaterWords(string dump) =>
        Regex.Replace(
            dump
                .Replace("\nStarting offset:", "\nLog starting offset:", StringComparison.Ordinal)
                .Replace(" keysize: ", " keySize: ", StringComparison.Ordinal)
                .Replace(" valuesize: ", " valueSize: ", StringComparison.Ordinal)
                .Replace(" position: ", " deleteHorizonMs: OptionalLong.empty position: ", StringComparison.Ordinal),
            "compresscodec: ([A-Z]+)",
            match => $"compresscodec: {match.Groups[1].Value.ToLowerInvariant()}");

    private static string WithoutPath(string dump) => Regex.Replace(dump, "^Dumping .*/(?=[^/]*/[^/]*$)", "Dumping ", RegexOptions.Multiline);

    [Theory]
    [InlineData("fmt-2.2-gzip-0", "55-kafka-dump-log.txt")]
    [InlineData("first-0", "58-kafka-dump-log.txt")]
    public void Logs_are_dumped_as_Kafka_dumps_them(string partition, string recording)
    {
        var run = ToolRun.Of("kafka-dump-log", "--print-data-log", "--files", ToolRun.Golden($"{partition}/{Segment}.log"));
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Equal(WithoutPath(InLaterWords(ToolRun.RecordedOutput(recording))), WithoutPath(run.Output));
    }

    [Theory]
    [InlineData("first-0", "60-kafka-dump-log.txt", "")]
    [InlineData("__consumer_offsets-0", "63-kafka-dump-log.txt", "The following indexed offsets are not found in the log.\nIndexed offset: 35, found log offset: 37\n")]
    public void Time_indexes_are_held_against_their_logs(string partition, string recording, string error)
    {
        var run = ToolRun.Of("kafka-dump-log", "--files", ToolRun.Golden($"{partition}/{Segment}.timeindex"));
        Assert.Equal((0, error), (run.ExitCode, run.Error));
        Assert.Equal(WithoutPath(ToolRun.RecordedOutput(recording)), WithoutPath(run.Output));
    }

    [Fact]
    public void Batches_and_records_are_told_as_facts()
    {
        var log = ToolRun.Golden($"first-0/{Segment}.log");
        var run = ToolRun.Of("kafka-dump-log", "--print-data-log", "--output", "json", "--files", log);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        using var document = JsonDocument.Parse(run.Output);
        var text = ToolRun.RecordedOutput("58-kafka-dump-log.txt");
        var batches = document.RootElement.GetProperty("batches").EnumerateArray().ToArray();
        Assert.Equal(Regex.Count(text, "(?m)^baseOffset: "), batches.Length);
        Assert.All(batches, batch => Assert.True(batch.GetProperty("isCrcValid").GetBoolean()));
        var records = document.RootElement.GetProperty("records").EnumerateArray().ToArray();
        Assert.Equal(
            Regex.Matches(text, "payload: (.*)").Select(match => match.Groups[1].Value), records.Select(record => record.GetProperty("payload").GetString()));
        Assert.Equal(log, records[0].GetProperty("file").GetString());
    }

    [Fact]
    public void Old_message_sets_are_dumped_with_their_inner_messages()
    {
        var run = ToolRun.Of("kafka-dump-log", "--deep-iteration", "--files", ToolRun.Golden($"fmt-0.9.0-gzip-0/{Segment}.log"));
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Matches(@"offset: \d+ position: 0 NoTimestampType: -1 size: \d+ magic: 0 compresscodec: gzip crc: \d+ isvalid: true", run.Output);
        Assert.Equal(40, Regex.Count(run.Output, @"(?m)^\| offset: \d+ NoTimestampType: -1 keySize: \d+ valueSize: \d+ isValid: true crc: \d+}$"));
    }

    [Fact]
    public void Offsets_and_groups_are_decoded()
    {
        var run = ToolRun.Of("kafka-dump-log", "--offsets-decoder", "--files", ToolRun.Golden($"__consumer_offsets-0/{Segment}.log"));
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains("key: {\"type\":\"1\",\"data\":{\"group\":\"cg\",\"topic\":\"second\",\"partition\":2}} payload: {\"version\":\"3\",\"data\":{\"offset\":0,", run.Output);
        Assert.Contains("key: {\"type\":\"2\",\"data\":{\"group\":\"cg\"}} payload:", run.Output);
        Assert.Contains("\"assignedPartitions\":[{\"topic\":\"second\",\"partitions\":[0,1,2,3]}]", run.Output);
    }

    [Fact]
    public void Transactions_are_decoded()
    {
        var run = ToolRun.Of("kafka-dump-log", "--transaction-log-decoder", "--files", ToolRun.Golden($"__transaction_state-0/{Segment}.log"));
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains("key: transaction_metadata::transactionalId=tx-1 payload: producerId:0,", run.Output);
        Assert.Matches(@"producerEpoch:\d+,state=Ongoing,partitions=\[first-1\],txnLastUpdateTimestamp=\d{13},txnTimeoutMs=\d+\n", run.Output);
    }

    [Fact]
    public void Aborted_transactions_are_listed()
    {
        var run = ToolRun.Of("kafka-dump-log", "--files", ToolRun.Golden($"first-0/{Segment}.txnindex"));
        Assert.Matches(@"version: 0 producerId: \d+ firstOffset: \d+ lastOffset: \d+ lastStableOffset: \d+\n", run.Output);
    }

    [Fact]
    public void A_missing_file_is_told_by_name()
    {
        var run = ToolRun.Of("kafka-dump-log", "--files", "/no/such/00000000000000000000.log");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("/no/such/00000000000000000000.log", run.Error);
    }

    [Fact]
    public void A_checkpoint_of_leader_epochs_is_no_file_to_dump()
    {
        var run = ToolRun.Of("kafka-dump-log", "--files", "/no/such/leader-epoch-checkpoint");
        Assert.Equal(
            (1, "Exception in thread \"main\" java.lang.StringIndexOutOfBoundsException: begin -1, end 23, length 23\n"),
            (run.ExitCode, run.Error));
    }

    [Theory]
    [InlineData(
        "--cluster-metadata-decoder",
        "Error at 0, skipping. Could not deserialize metadata record due to unknown frame version")]
    [InlineData(
        "--remote-log-metadata-decoder",
        "Error at offset 0, skipping. Could not deserialize metadata record due to unknown frame version")]
    public void Records_that_are_no_metadata_are_told_one_by_one(string decoder, string error)
    {
        var run = ToolRun.Of("kafka-dump-log", decoder, "--files", ToolRun.Golden($"fmt-2.2-gzip-0/{Segment}.log"));
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains(error, run.Output);
    }

    [Fact]
    public void Unknown_files_are_passed_over()
    {
        var run = ToolRun.Of("kafka-dump-log", "--files", "/tmp/x.unknown");
        Assert.Equal((0, "Ignoring unknown file /tmp/x.unknown\n"), (run.ExitCode, run.Error));
    }
}
