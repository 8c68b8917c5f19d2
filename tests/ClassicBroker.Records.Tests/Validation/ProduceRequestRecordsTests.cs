using ClassicBroker.Primitives;

namespace ClassicBroker.Records.Tests;

public class ProduceRequestRecordsTests
{
    [Fact]
    public void Old_versions_may_carry_anything()
    {
        Check(2, Batches.Legacy(0, 3));
        Check(0, []);
    }

    [Fact]
    public void From_version_3_on_there_is_exactly_one_v2_batch()
    {
        Check(3, Batches.V2());
        Assert.Equal(ErrorCode.InvalidRecord, CodeOf(3, []));
        Assert.Equal(ErrorCode.InvalidRecord, CodeOf(3, Batches.Legacy(1)));
        Assert.Equal(ErrorCode.InvalidRecord, CodeOf(9, [.. Batches.V2(), .. Batches.V2()]));
        Assert.Equal(ErrorCode.InvalidRecord, CodeOf(9, Batches.V2().AsSpan(0, 70).ToArray()));
    }

    [Fact]
    public void Zstd_needs_version_7()
    {
        var batch = Batches.V2(codec: CompressionCodec.Zstd);
        Assert.Equal(ErrorCode.UnsupportedCompressionType, CodeOf(6, batch));
        Check(7, batch);
    }

    private static ErrorCode CodeOf(short version, byte[] records) =>
        Assert.ThrowsAny<RecordsException>(() => Check(version, records)).Code;

    private static void Check(short version, byte[] records) => ProduceRequestRecords.Check(version, RecordSet.Open(records));
}
