using System.Buffers.Binary;
using System.Text;
using ClassicBroker.Primitives;
using ClassicBroker.Records;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Tools.Tests.DumpLog;

/// <summary>Records of KRaft's metadata log and of tiered storage, in the texts of Kafka 3.9's dump of them.</summary>
public sealed class MetadataDecoderTests : IDisposable
{
    private const string Segment = "00000000000000000000.log";
    private const string Cluster = "--cluster-metadata-decoder";
    private const string RemoteLogs = "--remote-log-metadata-decoder";

    private static readonly Uuid Id = new(0, 1);

    private readonly ScratchDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    public static TheoryData<string, byte[]> ClusterRecords => new()
    {
        {
            """{"type":"REGISTER_BROKER_RECORD","version":0,"data":{"brokerId":0,"incarnationId":"AAAAAAAAAAAAAAAAAAAAAQ","brokerEpoch":10,"endPoints":[],"features":[],"rack":null,"fenced":true}}""",
            Frame(0, 0, [Int32(0), Bytes(Id), Int64(10), [1], [1], [0], [1], [0]])
        },
        {
            """{"type":"REGISTER_BROKER_RECORD","version":3,"data":{"brokerId":7,"isMigratingZkBroker":false,"incarnationId":"AAAAAAAAAAAAAAAAAAAAAQ","brokerEpoch":-1,"endPoints":[{"name":"P","host":"h","port":65535,"securityProtocol":0}],"features":[{"name":"f","minSupportedVersion":1,"maxSupportedVersion":20}],"rack":"r","fenced":false,"inControlledShutdown":true,"logDirs":["AAAAAAAAAAAAAAAAAAAAAQ"]}}""",
            Frame(
                0, 3,
                [
                    Int32(7), [0], Bytes(Id), Int64(-1), [2], Text("P"), Text("h"), [0xFF, 0xFF, 0, 0, 0], [2], Text("f"), [0, 1, 0, 20, 0],
                    Text("r"), [0], [1], [1, 0, 17, 2], Bytes(Id),
                ])
        },
        {
            """{"type":"TOPIC_RECORD","version":0,"data":{"name":"t","topicId":"AAAAAAAAAAAAAAAAAAAAAQ"}}""",
            Frame(2, 0, [Text("t"), Bytes(Id), [0]])
        },
        {
            """{"type":"PARTITION_RECORD","version":1,"data":{"partitionId":0,"topicId":"AAAAAAAAAAAAAAAAAAAAAQ","replicas":[1,2],"isr":[1],"removingReplicas":[],"addingReplicas":[],"leader":1,"leaderRecoveryState":1,"leaderEpoch":3,"partitionEpoch":4,"directories":["AAAAAAAAAAAAAAAAAAAAAQ"]}}""",
            Frame(
                3, 1,
                [
                    Int32(0), Bytes(Id), [3], Int32(1), Int32(2), [2], Int32(1), [1], [1], Int32(1), Int32(3), Int32(4), [2], Bytes(Id),
                    [1, 0, 1, 1],
                ])
        },
        {
            """{"type":"PARTITION_CHANGE_RECORD","version":0,"data":{"partitionId":5,"topicId":"AAAAAAAAAAAAAAAAAAAAAQ","isr":[2],"leader":-1}}""",
            Frame(5, 0, [Int32(5), Bytes(Id), [2, 0, 5, 2], Int32(2), [1, 4], Int32(-1)])
        },
        {
            """{"type":"CONFIG_RECORD","version":0,"data":{"resourceType":2,"resourceName":"t","name":"retention.ms","value":"\"1\""}}""",
            Frame(4, 0, [[2], Text("t"), Text("retention.ms"), Text("\"1\""), [0]])
        },
        {
            """{"type":"CLIENT_QUOTA_RECORD","version":0,"data":{"entity":[{"entityType":"user","entityName":null}],"key":"k","value":100.0,"remove":false}}""",
            Frame(14, 0, [[2], Text("user"), [0, 0], Text("k"), Float64(100), [0], [0]])
        },
        {
            """{"type":"USER_SCRAM_CREDENTIAL_RECORD","version":0,"data":{"name":"u","mechanism":1,"salt":"AQI=","storedKey":"","serverKey":"Aw==","iterations":4096}}""",
            Frame(11, 0, [Text("u"), [1], [3, 1, 2], [1], [2, 3], Int32(4096), [0]])
        },
        { """{"type":"NO_OP_RECORD","version":0,"data":{}}""", Frame(20, 0, [[0]]) },
        { """{"type":"ABORT_TRANSACTION_RECORD","version":0,"data":{}}""", Frame(25, 0, [[0]]) },
        { "Error at 0, skipping. Error while reading frame version", [] },
        {
            "Error at 0, skipping. Could not deserialize metadata record with frame version 0. Note that upgrades from the preview release of KRaft in 2.8 to newer versions are not supported.",
            [0]
        },
        { "Error at 0, skipping. Error while reading type", [1] },
        { "Error at 0, skipping. Value for type was too large.", [1, 0x80, 0x80, 0x02, 0] },
        { "Error at 0, skipping. org.apache.kafka.common.errors.UnsupportedVersionException: Unknown metadata id 6", Frame(6, 0, []) },
        { "Error at 0, skipping. Failed to deserialize record with type 2", Frame(2, 0, [[0x7F]]) },
        { "Error at 0, skipping. Failed to deserialize record with type 2", Frame(2, 0, [[0]]) },
        { "Error at 0, skipping. Found 2 byte(s) of garbage after 20", Frame(20, 0, [[0], [1, 2]]) },
    };

    [Theory]
    [MemberData(nameof(ClusterRecords))]
    public void Records_of_the_metadata_log_are_shown_as_JSON(string shown, byte[] value) => Assert.Equal(shown, Payload(Cluster, value));

    public static TheoryData<string, byte[]> RemoteLogRecords
    {
        get
        {
            byte[][] partition = [Text("foo"), Bytes(Id), Int32(0), [0]];
            byte[][] segment = [.. partition, Bytes(Id), [0]];
            byte[][] Segment(long start, long end, byte[] custom, byte state) =>
            [
                .. segment, Int64(start), Int64(end), Int32(0), Int64(-1), Int64(123), [3], Int32(2), Int64(80), [0], Int32(0), Int64(0), [0],
                Int32(1024), custom, [state], [0],
            ];
            const string id = "RemoteLogSegmentId{topicIdPartition=AAAAAAAAAAAAAAAAAAAAAQ:foo-0, id=AAAAAAAAAAAAAAAAAAAAAQ}";
            return new()
            {
                {
                    $"RemoteLogSegmentMetadata{{remoteLogSegmentId={id}, startOffset=0, endOffset=100, brokerId=0, maxTimestampMs=-1, "
                    + "eventTimestampMs=123, segmentLeaderEpochs={0=0, 2=80}, segmentSizeInBytes=1024, customMetadata=Optional.empty, "
                    + "state=COPY_SEGMENT_STARTED}",
                    Frame(0, 0, Segment(0, 100, [0], 0))
                },
                {
                    $"RemoteLogSegmentMetadata{{remoteLogSegmentId={id}, startOffset=0, endOffset=100, brokerId=0, maxTimestampMs=-1, "
                    + "eventTimestampMs=123, segmentLeaderEpochs={0=0, 2=80}, segmentSizeInBytes=1024, "
                    + "customMetadata=Optional[CustomMetadata{2 bytes}], state=DELETE_SEGMENT_FINISHED}",
                    Frame(0, 0, Segment(0, 100, [3, 8, 9], 3))
                },
                {
                    $"RemoteLogSegmentMetadataUpdate{{remoteLogSegmentId={id}, customMetadata=Optional.empty, state=COPY_SEGMENT_FINISHED, "
                    + "eventTimestampMs=5, brokerId=1}",
                    Frame(1, 0, [.. segment, Int32(1), Int64(5), [0], [1], [0]])
                },
                {
                    "RemotePartitionDeleteMetadata{topicPartition=AAAAAAAAAAAAAAAAAAAAAQ:foo-0, state=DELETE_PARTITION_MARKED, "
                    + "eventTimestampMs=0, brokerId=0}",
                    Frame(2, 0, [.. partition, Int32(0), Int64(0), [0], [0]])
                },
                {
                    "Error at offset 0, skipping. Unexpected end offset = 1. EndOffset for a remote segment cannot be less than startOffset = 2",
                    Frame(0, 0, Segment(2, 1, [0], 0))
                },
                { "Error at offset 0, skipping. state can not be null", Frame(0, 0, Segment(0, 1, [0], 9)) },
                {
                    "Error at offset 0, skipping. org.apache.kafka.common.errors.UnsupportedVersionException: Unknown metadata id 4",
                    Frame(4, 0, [])
                },
            };
        }
    }

    [Theory]
    [MemberData(nameof(RemoteLogRecords))]
    public void Records_of_tiered_storage_are_shown_as_Kafkas_classes_show_themselves(string shown, byte[] value) =>
        Assert.Equal(shown, Payload(RemoteLogs, value));

    [Theory]
    [InlineData(Cluster, "Error at 0, skipping. Error while reading frame version")]
    [InlineData(RemoteLogs, "Error at offset 0, skipping. Cannot invoke \"java.nio.ByteBuffer.remaining()\" because the return value of \"org.apache.kafka.common.record.Record.value()\" is null")]
    public void A_record_without_a_value_is_told(string decoder, string shown) => Assert.Equal(shown, Payload(decoder, null));

    [Theory]
    [InlineData(2, "controlType: LEADER_CHANGE(2)", new byte[] { 0 })]
    [InlineData(3, """SnapshotHeader {"version":0,"lastContainedLogTimestamp":258}""", new byte[] { 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 0 })]
    [InlineData(4, """SnapshotFooter {"version":0}""", new byte[] { 0, 0, 0 })]
    [InlineData(5, """KRaftVersion {"version":0,"kRaftVersion":1}""", new byte[] { 0, 0, 0, 1, 0 })]
    [InlineData(9, "controlType: UNKNOWN(9)", new byte[] { 0 })]
    public void Control_records_of_KRaft_are_told_by_their_type(short type, string shown, byte[] value)
    {
        var key = new byte[4];
        BinaryPrimitives.WriteInt16BigEndian(key.AsSpan(2), type);
        using var builder = new RecordBatchBuilder { IsControl = true };
        builder.Append(1, key, value);
        Write(Segment, builder.Build().ToArray());

        var run = ToolRun.Of("kafka-dump-log", Cluster, "--files", _directory.File(Segment));

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.EndsWith($"headerKeys: [] {shown}\n", run.Output);
    }

    [Theory]
    [InlineData("00000000000000000007-0000000002.checkpoint", "Snapshot end offset: 7, epoch: 2")]
    [InlineData("bootstrap.checkpoint", "KRaft bootstrap snapshot")]
    public void A_snapshot_begins_with_what_it_is_of(string name, string beginning)
    {
        Write(name, Batch(Frame(2, 0, [Text("t"), Bytes(Id), [0]])));

        var run = ToolRun.Of("kafka-dump-log", Cluster, "--skip-record-metadata", "--files", _directory.File(name));

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Equal(beginning, run.Output.Split('\n')[1]);
        Assert.Contains("payload: {\"type\":\"TOPIC_RECORD\"", run.Output);
    }

    [Fact]
    public void A_snapshot_whose_name_says_nothing_is_refused()
    {
        Write("xxxxxxxxxxxxxxxxxxxx-0000000002.checkpoint", []);
        var run = ToolRun.Of("kafka-dump-log", Cluster, "--files", _directory.File("xxxxxxxxxxxxxxxxxxxx-0000000002.checkpoint"));
        Assert.Equal(
            (1, "Exception in thread \"main\" java.lang.NumberFormatException: For input string: \"xxxxxxxxxxxxxxxxxxxx\"\n"),
            (run.ExitCode, run.Error));
    }

    private static byte[] Batch(byte[]? value)
    {
        using var builder = new RecordBatchBuilder();
        builder.Append(1, null, value);
        return builder.Build().ToArray();
    }

    private static byte[] Frame(byte type, byte version, byte[][] fields) => [1, type, version, .. fields.SelectMany(field => field)];

    private static byte[] Int32(int value)
    {
        var bytes = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }

    private static byte[] Int64(long value)
    {
        var bytes = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(bytes, value);
        return bytes;
    }

    private static byte[] Float64(double value) => Int64(BitConverter.DoubleToInt64Bits(value));

    private static byte[] Bytes(Uuid id)
    {
        var bytes = new byte[Uuid.Size];
        id.Write(bytes);
        return bytes;
    }

    private static byte[] Text(string text) => [(byte)(text.Length + 1), .. Encoding.UTF8.GetBytes(text)];

    private void Write(string name, byte[] content) => File.WriteAllBytes(_directory.File(name), content);

    private string Payload(string decoder, byte[]? value)
    {
        Write(Segment, Batch(value));
        var run = ToolRun.Of("kafka-dump-log", decoder, "--files", _directory.File(Segment));
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        return run.Output.TrimEnd('\n').Split(" payload: ")[1];
    }
}
