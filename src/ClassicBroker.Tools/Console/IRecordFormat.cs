using ClassicBroker.Client;

namespace ClassicBroker.Tools.Console;

/// <summary>How the console consumer shows a record: Kafka's message formatters. Used by one tool.</summary>
internal interface IRecordFormat
{
    /// <exception cref="ToolException">The record is not what the format is for.</exception>
    void Write(in ConsumerRecord<byte[]?, byte[]?> record, Stream output);
}
