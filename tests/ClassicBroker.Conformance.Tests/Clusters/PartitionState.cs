using System.Text.Json;

namespace ClassicBroker.Conformance.Tests.Clusters;

/// <summary>A partition's state znode and its version. Immutable.</summary>
/// <param name="Fields">Which it has, in their order.</param>
/// <param name="Recovery">Null where the field is absent.</param>
internal sealed record PartitionState(
    int Leader, IReadOnlyList<int> Isr, int Epoch, int ControllerEpoch, int? Recovery, string Fields, int Version)
{
    private const string RecoveryField = "leader_recovery_state";

    /// <summary>The ISR whose order is left to chance.</summary>
    public string IsrSet => string.Join(' ', Isr.Order());

    public static PartitionState Parse(string data, int version)
    {
        using var json = JsonDocument.Parse(data);
        var state = json.RootElement;
        return new(
            state.GetProperty("leader").GetInt32(),
            [.. state.GetProperty("isr").EnumerateArray().Select(broker => broker.GetInt32())],
            state.GetProperty("leader_epoch").GetInt32(),
            state.GetProperty("controller_epoch").GetInt32(),
            state.TryGetProperty(RecoveryField, out var recovery) ? recovery.GetInt32() : null,
            string.Join(' ', state.EnumerateObject().Select(property => property.Name)),
            version);
    }
}
