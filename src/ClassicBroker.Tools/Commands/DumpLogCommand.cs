using ClassicBroker.Platform;
using ClassicBroker.Tools.DumpLog;
using ClassicBroker.Tools.Options;

namespace ClassicBroker.Tools.Commands;

/// <summary><c>kafka-dump-log.sh</c>, known as DumpLogSegments.</summary>
internal sealed class DumpLogCommand : ICommand
{
    private readonly OptionParser _parser = new(OptionErrors.Failure);
    private readonly OptionSpec _printDataLog;
    private readonly OptionSpec _verifyIndexOnly;
    private readonly OptionSpec _indexSanityCheck;
    private readonly OptionSpec _files;
    private readonly OptionSpec _maxBytes;
    private readonly OptionSpec _deepIteration;
    private readonly OptionSpec _offsetsDecoder;
    private readonly OptionSpec _transactionLogDecoder;
    private readonly OptionSpec _skipRecordMetadata;
    private readonly OptionSpec _valueDecoder;
    private readonly OptionSpec _keyDecoder;
    private readonly OptionSpec _clusterMetadataDecoder;
    private readonly OptionSpec _remoteLogMetadataDecoder;

    public DumpLogCommand()
    {
        _printDataLog = _parser.Flag(
            "print-data-log",
            "If set, printing the messages content when dumping data logs. Automatically set if any decoder option is specified.");
        _verifyIndexOnly = _parser.Flag("verify-index-only", "If set, just verify the index log without printing its content.");
        _indexSanityCheck = _parser.Flag(
            "index-sanity-check",
            "If set, just checks the index sanity without printing its content. This is the same check that is executed on "
            + "broker startup to determine if an index needs rebuilding or not.");
        _files = _parser.Value(
            "files",
            "REQUIRED: The comma separated list of data and index log files to be dumped.",
            "file1, file2, ...");
        _parser.Value("max-message-size", "Size of largest message.", "size", "5242880", "Integer");
        _maxBytes = _parser.Value(
            "max-bytes",
            "Limit the amount of total batches read in bytes avoiding reading the whole .log file(s).",
            "size", "2147483647", "Integer");
        _deepIteration =
            _parser.Flag(
                "deep-iteration",
                "If set, uses deep instead of shallow iteration. Automatically set if print-data-log is enabled.");
        _valueDecoder = _parser.OptionalValue(
            "value-decoder-class",
            "If set, used to deserialize the messages. This class should implement org.apache.kafka.tools.api.Decoder trait. "
            + "Custom jar should be available in kafka/libs directory.",
            @default: ValueDecoders.Default);
        _keyDecoder = _parser.OptionalValue(
            "key-decoder-class",
            "If set, used to deserialize the keys. This class should implement org.apache.kafka.tools.api.Decoder trait. Custom "
            + "jar should be available in kafka/libs directory.",
            @default: ValueDecoders.Default);
        _clusterMetadataDecoder =
            _parser.Flag("cluster-metadata-decoder", "If set, log data will be parsed as cluster metadata records.");
        _remoteLogMetadataDecoder =
            _parser.Flag(
                "remote-log-metadata-decoder",
                "If set, log data will be parsed as TopicBasedRemoteLogMetadataManager (RLMM) metadata records. Instead, the "
                + "value-decoder-class option can be used if a custom RLMM implementation is configured.");
        _offsetsDecoder =
            _parser.Flag("offsets-decoder", "If set, log data will be parsed as offset data from the __consumer_offsets topic.");
        _transactionLogDecoder = _parser.Flag(
            "transaction-log-decoder",
            "If set, log data will be parsed as transaction metadata from the __transaction_state topic.");
        _skipRecordMetadata = _parser.Flag("skip-record-metadata", "Whether to skip printing metadata for each record.");
    }

    public bool ReportsFacts => true;

    public Task<int> RunAsync(IReadOnlyList<string> args, ToolHost host)
    {
        var options = _parser.Parse(args, "This tool helps to parse a log file and dump its contents to the console, useful for debugging a seemingly corrupt log segment.");
        options.Require(_files);
        var errors = new DumpErrors();
        foreach (var path in options.Text(_files).Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            (host.Facts is null ? host.Out : TextWriter.Null).WriteLine($"Dumping {path}");
            try
            {
                Dump(path, host, errors, Options(options, host));
            }
            catch (StorageException unreadable)
            {
                throw new JavaFailure("java.nio.file.NoSuchFileException", unreadable.Message);
            }
        }

        host.Out.Flush();
        errors.Print(host.Error);
        return Task.FromResult(0);
    }

    private static void Dump(string path, ToolHost host, DumpErrors errors, DumpOptions options)
    {
        switch (DumpPaths.Suffix(path))
        {
            case ".log" or DumpPaths.SnapshotSuffix:
                DumpPaths.Beginning(path);
                using (var segment = new SegmentBytes(host.Files.Open(path, FileOpenMode.Read)))
                {
                    new LogDumper(host.Out, errors, options).Dump(path, segment);
                }

                break;
            case ".index":
                new IndexDumper(host.Files, host.Out, errors, options).DumpOffsetIndex(path);
                break;
            case ".timeindex":
                new IndexDumper(host.Files, host.Out, errors, options).DumpTimeIndex(path);
                break;
            case ".snapshot":
                new ProducerFilesDumper(host.Files, host.Out, host.Facts).DumpSnapshot(path);
                break;
            case ".txnindex":
                new ProducerFilesDumper(host.Files, host.Out, host.Facts).DumpTransactionIndex(path);
                break;
            default:
                host.Error.WriteLine($"Ignoring unknown file {path}");
                break;
        }
    }

    private DumpOptions Options(ParsedOptions options, ToolHost host)
    {
        IRecordDecoder decoder = options.Has(_offsetsDecoder) ? new OffsetsRecordDecoder()
            : options.Has(_transactionLogDecoder) ? new TransactionsRecordDecoder()
            : options.Has(_clusterMetadataDecoder) ? MetadataRecordDecoder.OfCluster
            : options.Has(_remoteLogMetadataDecoder) ? MetadataRecordDecoder.OfRemoteLogs
            : new ValueRecordDecoder(
                ValueDecoders.Find(options.Value(_keyDecoder), host.Out), ValueDecoders.Find(options.Value(_valueDecoder), host.Out));
        var printsData = options.Has(_printDataLog) || decoder is not ValueRecordDecoder;
        return new DumpOptions
        {
            PrintsData = printsData,
            IsDeep = printsData || options.Has(_deepIteration),
            SkipsRecordMetadata = options.Has(_skipRecordMetadata),
            VerifiesOnly = options.Has(_verifyIndexOnly),
            ChecksSanityOnly = options.Has(_indexSanityCheck),
            MaxBytes = options.Int32(_maxBytes),
            Decoder = decoder,
            Facts = host.Facts,
        };
    }
}
