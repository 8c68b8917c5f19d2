using System.Text.RegularExpressions;

namespace ClassicBroker.Conformance.Tests.Tools;

/// <summary>
/// What is left out of the comparison, by rule and never by transcript: times, ids, frames of stack traces, what Java's client libraries
/// log beside the tools, the wrapping of help, the order of what Kafka takes from hash maps, and what Kafka chooses at random. Stateless.
/// </summary>
public static partial class TranscriptMask
{
    /// <summary>Stands between the columns of a table; no help has it.</summary>
    private const char ColumnEnd = '¦';

    /// <summary>Tools whose figures are measurements.</summary>
    private static readonly string[] Measuring = ["kafka-producer-perf-test", "kafka-consumer-perf-test", "kafka-e2e-latency"];

    /// <summary>Columns of the tables of transactions that a cluster chooses or measures.</summary>
    private static readonly string[] Chosen =
        ["Coordinator", "CoordinatorId", "ProducerId", "CurrentTransactionStartTimeMs", "TransactionDurationMs", "LastTimestamp"];

    /// <summary>The text of one stream in the form that is compared.</summary>
    /// <param name="transcript">The command.</param>
    /// <param name="text">What it printed.</param>
    /// <param name="keepsColumns">Whether the widths of columns are compared, which addresses and ids of other lengths make differ.</param>
    public static string Apply(Transcript transcript, string text, bool keepsColumns = false)
    {
        text = transcript.Tool == "kafka-consumer-groups" ? GluedRow().Replace(text, "\n") : text;
        var lines = Event().Replace(text, "").Split('\n').Where(line => !IsLeftOut(line)).Select(line => MaskLine(transcript, line));
        var masked = string.Join('\n', lines).Trim('\n');
        if (Table().Match(masked) is { Success: true } heading)
        {
            return Columns(masked, heading);
        }

        if (masked.StartsWith("usage:", StringComparison.Ordinal))
        {
            return Whitespace().Replace(masked, "");
        }

        if (transcript.Tool == "kafka-transactions" && masked.Contains('\t'))
        {
            return Sorted(TransactionTable(masked));
        }

        if (transcript.Tool == "kafka-consumer-groups")
        {
            return Sorted(keepsColumns ? masked : string.Join('\n', Blanks().Replace(masked, " ").Split('\n').Select(line => line.TrimEnd())));
        }

        return IsUnordered(transcript) ? Sorted(masked) : masked;
    }

    /// <summary>Whether a recording has rows without line feeds, which <see cref="Apply"/> puts on lines of their own.</summary>
    public static bool HasGluedRows(Transcript transcript) =>
        transcript.Tool == "kafka-consumer-groups" && GluedRow().IsMatch(transcript.Output);

    /// <summary>
    /// Whether a recording that was cut is the beginning of ours: of a table in each of its columns; of what has no order, whether all its
    /// lines are among ours.
    /// </summary>
    public static bool IsBeginning(Transcript transcript, string recorded, string ours)
    {
        if (recorded.Contains('\n', StringComparison.Ordinal))
        {
            return IsUnordered(transcript)
                ? !recorded.Split('\n').Except(ours.Split('\n')).Any()
                : ours.StartsWith(recorded, StringComparison.Ordinal);
        }

        var (left, right) = (recorded.Split(ColumnEnd), ours.Split(ColumnEnd));
        return left.Length == right.Length && left.Zip(right).All(pair => pair.Second.StartsWith(pair.First, StringComparison.Ordinal));
    }

    private static bool IsLeftOut(string line) => StackFrame().IsMatch(line) || ClientLog().IsMatch(line) || JvmExit().IsMatch(line);

    /// <summary>A table of options, its columns one after the other without the spaces they are wrapped and padded by.</summary>
    private static string Columns(string text, Match heading)
    {
        var width = heading.Groups[1].Length;
        var rows = text[heading.Index..].Trim('\n').Split('\n');
        var left = string.Concat(rows.Select(row => row[..Math.Min(width, row.Length)]));
        var right = string.Concat(rows.Select(row => row.Length > width ? row[width..] : ""));
        return string.Join(ColumnEnd, new[] { text[..heading.Index], left, right }.Select(part => Whitespace().Replace(part, "")));
    }

    private static string MaskLine(Transcript transcript, string line)
    {
        var masked = LogTime().Replace(line, "[TIME]");
        masked = ReportTime().Replace(masked, "TIME:");
        masked = Leader().Replace(masked, "Leader: N");
        masked = Placement().Replace(
            masked, match => $"{Counted(match.Groups[1].Value)}{match.Groups[2].Value}{Counted(match.Groups[3].Value)}");
        masked = TopicId().Replace(masked, "TopicId: ID");
        masked = ClusterId().Replace(masked, "Cluster ID: ID");
        masked = JsonSize().Replace(masked, "\"$1\":N");
        masked = Milliseconds().Replace(masked, "MILLISECONDS");
        masked = Attempts().Replace(masked, "timed out after N attempt(s)");
        masked = Configs().Replace(masked, match => string.Join(',', match.Value.Split(',').Order(StringComparer.Ordinal)));
        masked = ReplicaList().Replace(masked, match => $"\"replicas\":[{Counted(match.Groups[1].Value)}]");
        masked = HashedList().Replace(
            masked, match => match.Groups[1].Value + string.Join(", ", match.Groups[2].Value.Split(", ").Order(StringComparer.Ordinal)));
        masked = TransactionPartitions().Replace(
            masked, match => string.Join(',', match.Value.Split(',').Order(StringComparer.Ordinal)));
        masked = Salted().Replace(masked, "salt=RANDOM");
        masked = UnkeyedOffset().Replace(masked, "$1:N");
        masked = Coordinator().Replace(masked, "COORDINATOR");
        masked = RandomGroup().Replace(masked, "perf-consumer-N");
        masked = MemberId().Replace(masked, "MEMBER");
        masked = Installation().Replace(masked, "");
        masked = Transaction().Replace(masked, "$1 = N");
        masked = Throughput().Replace(masked, "\"avg_throughput\":N");
        masked = Sent().Replace(masked, match => $"{match.Groups[1]}\"offset\":N,\"partition\":{Keyed(match)}");
        masked = transcript.Tool == "kafka-log-dirs" ? LogDirs(masked) : JsonObjects(masked);
        if (Measuring.Contains(transcript.Tool))
        {
            masked = Number().Replace(masked, "N");
        }

        return masked.TrimEnd();
    }

    /// <summary>The partition of a record with a key, which the key decides.</summary>
    private static string Keyed(Match sent) => sent.Groups[2].Value == "null" ? "N" : sent.Groups[3].Value;

    /// <summary>How many brokers a list names, for which they are is chosen at random.</summary>
    private static string Counted(string brokers) => brokers.Length == 0 ? "none" : $"({brokers.Split(',').Length})";

    /// <summary>Kafka lists partitions of log directories in the order of a hash map.</summary>
    private static string JsonObjects(string line) =>
        Partitions().Replace(line, match => $"\"partitions\":[{string.Join(",", Split(match.Groups[1].Value))}]");

    /// <summary>
    /// Which broker and which of its directories has a replica is chosen at random: the replicas of all stand together, each once, before
    /// the directories.
    /// </summary>
    private static string LogDirs(string line)
    {
        var replicas = Partitions().Matches(line).SelectMany(match => Split(match.Groups[1].Value)).Distinct().Order(StringComparer.Ordinal);
        return line.StartsWith('{') ? $"{string.Join(",", replicas)} {Partitions().Replace(line, "\"partitions\":[]")}" : line;
    }

    private static IEnumerable<string> Split(string objects) =>
        objects.Split("},{").Select(each => each.Trim('{', '}')).Order(StringComparer.Ordinal);

    /// <summary>A table without padding, and without what a cluster chooses or measures.</summary>
    private static string TransactionTable(string table)
    {
        var rows = table.Split('\n').Select(row => row.Split('\t', StringSplitOptions.TrimEntries)).ToArray();
        return string.Join(
            '\n',
            rows.Select((row, number) => string.Join(
                '\t', row.Select((cell, column) => number > 0 && column < rows[0].Length && Chosen.Contains(rows[0][column]) ? "N" : cell))));
    }

    private static bool IsUnordered(Transcript transcript) =>
        transcript.Words.Contains("--describe")
        || transcript.Tool is "kafka-delete-records" or "kafka-verifiable-producer" or "kafka-leader-election" or "kafka-consumer-groups" or "kafka-broker-api-versions"
            or "kafka-streams-application-reset"
        || (transcript.Tool == "zookeeper-shell" && transcript.Words.Contains("-R"));

    private static string Sorted(string text) => string.Join('\n', text.Split('\n').Order(StringComparer.Ordinal));

    [GeneratedRegex(@"^\s+(at |\.\.\. \d+ more|\.\.\. \d+ common)")]
    private static partial Regex StackFrame();

    [GeneratedRegex(
        @"^\[[^\]]+\] (WARN|ERROR|INFO) .*\(org\.apache\."
        + @"(kafka\.clients\.(?!producer\.internals\.ErrorLoggingCallback)|zookeeper\.ClientCnxn)[^)]*\)$|\(kafka\.zk\.KafkaZkClient\)$")]
    private static partial Regex ClientLog();

    [GeneratedRegex(@"ERROR Exiting JVM with code")]
    private static partial Regex JvmExit();

    [GeneratedRegex(@"^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}\]")]
    private static partial Regex LogTime();

    [GeneratedRegex(@"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}:")]
    private static partial Regex ReportTime();

    [GeneratedRegex(@"Leader: \d+")]
    private static partial Regex Leader();

    [GeneratedRegex(@"(?<=Replicas: )([\d,]*)(\tIsr: )([\d,]*)")]
    private static partial Regex Placement();

    [GeneratedRegex(@"TopicId: [A-Za-z0-9_-]{22}")]
    private static partial Regex TopicId();

    [GeneratedRegex(@"Cluster ID: \S+")]
    private static partial Regex ClusterId();

    [GeneratedRegex(@"""(size|offsetLag)"":\d+")]
    private static partial Regex JsonSize();

    [GeneratedRegex(@"\b1[5-9]\d{11}\b")]
    private static partial Regex Milliseconds();

    [GeneratedRegex(@"timed out (at MILLISECONDS )?after \d+ attempt\(s\)")]
    private static partial Regex Attempts();

    [GeneratedRegex(@"""replicas"":\[([\d,]*)\]")]
    private static partial Regex ReplicaList();

    [GeneratedRegex(@"((?:elected|leader election \(\w+\)) for partitions )(.*)$")]
    private static partial Regex HashedList();

    [GeneratedRegex(@"""partitions"":\[(\{[^\]]*\})\]")]
    private static partial Regex Partitions();

    /// <summary>What another thread prints once the session stands, before or after the first command.</summary>
    [GeneratedRegex(@"\n?WATCHER::\n\nWatchedEvent state:\w+ type:None path:null\n")]
    private static partial Regex Event();

    [GeneratedRegex(@"^(Option\s+(?:\(.*\)\s+)?)Description", RegexOptions.Multiline)]
    private static partial Regex Table();

    [GeneratedRegex(@"salt=\S+,server_key=[^,]+")]
    private static partial Regex Salted();

    /// <summary>Records without a key went to partitions chosen at random.</summary>
    [GeneratedRegex(@"(first:\d|__\w+:\d):\d+")]
    private static partial Regex UnkeyedOffset();

    [GeneratedRegex(@"perf-consumer-\d+")]
    private static partial Regex RandomGroup();

    [GeneratedRegex(@"console-consumer-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")]
    private static partial Regex MemberId();

    /// <summary>Kafka lists the partitions of a transaction in the order of a hash set.</summary>
    [GeneratedRegex(@"(?<=,partitions=\[)[^\]]+(?=\])")]
    private static partial Regex TransactionPartitions();

    /// <summary>Where a script lies, in its usage.</summary>
    [GeneratedRegex(@"KAFKA/(bin|scripts)/")]
    private static partial Regex Installation();

    /// <summary>Transactions, sessions and times in the status of a znode.</summary>
    [GeneratedRegex(@"^(\wZxid|\wtime|ephemeralOwner) = .*$")]
    private static partial Regex Transaction();

    [GeneratedRegex(@"""avg_throughput"":[\d.E-]+")]
    private static partial Regex Throughput();

    /// <summary>Offsets depend on where earlier records without a key went.</summary>
    [GeneratedRegex(@"(""key"":(null|""[^""]*""),""value"":""[^""]*"",)""offset"":\d+,""partition"":(\d+)")]
    private static partial Regex Sent();

    /// <summary>Kafka lists the configs of a topic in the order of a hash map.</summary>
    [GeneratedRegex(@"(?<=\tConfigs: )\S+=.*$")]
    private static partial Regex Configs();

    [GeneratedRegex(@"BROKER(\d) +\(\1\)")]
    private static partial Regex Coordinator();

    /// <summary>Kafka prints the rows of what it resets and deletes one behind the other, padded but without a line feed.</summary>
    [GeneratedRegex(
        @"(?<=^GROUP +TOPIC +PARTITION +NEW-OFFSET {5}(.{88})*)(?=\S)|(?<=^TOPIC +PARTITION +STATUS {9})(?=\S)"
        + @"|(?<=Error: :[^:]+: [^.]+\.)(?=\S)|(?<=Successful {5})(?=\S)",
        RegexOptions.Multiline)]
    private static partial Regex GluedRow();

    [GeneratedRegex(" +")]
    private static partial Regex Blanks();

    [GeneratedRegex(@"\d+(\.\d+)?")]
    private static partial Regex Number();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Whitespace();
}
