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

    [Fact]
    public void Transactions_and_their_markers_read_and_are_written_as_Kafka_wrote_them()
    {
        var seen = new List<string>();
        var batches = new BatchIterator(Golden.Read("transactions"));
        while (batches.MoveNext())
        {
            var batch = batches.Current;
            if (!batch.IsTransactional)
            {
                continue;
            }

            using var reader = RecordReader.Open(batches.CurrentBytes);
            Assert.True(reader.MoveNext());
            if (!batch.IsControl)
            {
                seen.Add($"{batch.BaseOffset}-{batch.LastOffset} sequence {batch.BaseSequence}-{batch.LastSequence}");
                continue;
            }

            var marker = EndTransactionMarker.Read(reader.Current);
            seen.Add($"{batch.BaseOffset} {marker.Type}");
            Assert.Equal(
                batches.CurrentBytes,
                marker.ToBatch(reader.Timestamp, batch.ProducerId, batch.ProducerEpoch, batch.BaseOffset, batch.PartitionLeaderEpoch));
        }

        Assert.Equal(
            ["25-28 sequence 0-3", "29 Commit", "30-33 sequence 4-7", "34 Abort", "35-38 sequence 8-11", "39 Commit"], seen);
    }

    [Fact]
    public void Headers_and_tombstones_of_a_batch_Kafka_wrote_survive_a_copy()
    {
        var log = Golden.Read("transactions");
        Assert.True(BatchHeader.TryRead(log, 0, out var first));
        using var builder = new RecordBatchBuilder
        {
            ProducerId = first.ProducerId,
            ProducerEpoch = first.ProducerEpoch,
            BaseSequence = first.BaseSequence,
            PartitionLeaderEpoch = first.PartitionLeaderEpoch,
        };
        int tombstones = 0, headers = 0;
        foreach (var record in RecordReader.Open(log))
        {
            tombstones += record.Value.IsNull ? 1 : 0;
            headers += record.Headers.Count;
            builder.Append(record.Timestamp, record.Key, record.Value, record.Headers.ToArray());
        }

        Assert.Equal(log.AsSpan(0, first.SizeInBytes), builder.Build().Span);
        Assert.True(tombstones > 0 && headers > 0, $"{tombstones} tombstones, {headers} headers");
    }
}
