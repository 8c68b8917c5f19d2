using System.Text;
using ClassicBroker.Client;
using ClassicBroker.Records;

namespace ClassicBroker.Tools.Console;

/// <summary>Shows a record as <see cref="MessageFormat"/> does, and logs it besides (LoggingMessageFormatter). Used by one tool.</summary>
internal sealed class LoggingFormat(MessageFormat format, ToolHost host) : IRecordFormat
{
    private const string Logger = "org.apache.kafka.tools.consumer.LoggingMessageFormatter";

    public void Write(in ConsumerRecord<byte[]?, byte[]?> record, Stream output)
    {
        format.Write(record, output);
        var timestamp = record.TimestampType == TimestampType.NoTimestampType ? "" : $"{record.TimestampType}:{record.TimestampMs}, ";

        // A key that is null has no comma behind it in Kafka either.
        var key = record.Key is null ? "null" : Encoding.UTF8.GetString(record.Key) + ", ";
        var value = record.Value is null ? "null" : Encoding.UTF8.GetString(record.Value);
        host.Log("INFO", $"{timestamp}key:{key}value:{value}", Logger);
    }
}
