using ClassicBroker.Metadata.Admin;
using ClassicBroker.Primitives;

namespace ClassicBroker.Server.Handlers;

/// <summary>What a mutation gets that its client's <c>controller_mutation_rate</c> does not allow (KIP-599).</summary>
internal static class MutationRefusal
{
    public static readonly AdminRefusal Exceeded = new(ErrorCode.ThrottlingQuotaExceeded, "The throttling quota has been exceeded.");
}
