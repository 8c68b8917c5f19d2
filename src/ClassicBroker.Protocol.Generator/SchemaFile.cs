namespace ClassicBroker.Protocol.Generator;

/// <summary>What one <c>.schema</c> file declares, and what is wrong with it.</summary>
internal sealed class SchemaFile
{
    public List<ApiSchema> Apis { get; } = [];

    /// <summary>Messages outside any API: headers, stored records, the consumer protocol.</summary>
    public List<MessageSchema> Data { get; } = [];

    public List<SchemaError> Errors { get; } = [];
}
