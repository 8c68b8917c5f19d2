using System.Text;

namespace ClassicBroker.Records.Tests;

public class GoldenLogTests
{
    [Theory]
    [MemberData(nameof(Golden.All), MemberType = typeof(Golden))]
    public void Every_format_Kafka_wrote_reads_as_its_forty_messages(string name)
    {
        var log = Golden.Read(name);
        var index = 0;
        var batches = new BatchIterator(log);
        while (batches.MoveNext())
        {
            Assert.Equal(Golden.Magic(name), batches.Current.Magic);
            Assert.Equal(Golden.Codec(name), batches.Current.Codec);
            Assert.True(BatchChecksum.IsValid(batches.CurrentBytes));
            using var reader = RecordReader.Open(batches.CurrentBytes);
            while (reader.MoveNext())
            {
                Assert.Equal(index, reader.Offset);
                Assert.Equal($"key{index}", Encoding.UTF8.GetString(reader.Current.Key.Span));
                Assert.Equal(Golden.Value(index), Encoding.UTF8.GetString(reader.Current.Value.Span));
                Assert.Equal(Golden.Magic(name) == 0, reader.Timestamp == RecordFormat.NoTimestamp);
                index++;
            }

            Assert.Equal(index - 1, batches.Current.LastOffset);
        }

        Assert.Equal(40, index);
        Assert.Equal(log.Length, batches.Consumed);
    }
}
