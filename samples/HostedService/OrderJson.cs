using System.Text.Json.Serialization;

namespace HostedService;

/// <summary>How orders are written as JSON, generated when this is compiled.</summary>
[JsonSerializable(typeof(Order))]
internal sealed partial class OrderJson : JsonSerializerContext;
