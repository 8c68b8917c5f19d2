using ClassicBroker.Metadata.Admin;
using ClassicBroker.Primitives;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
using ClassicBroker.Rpc.Authorization;
using ClassicBroker.Rpc.Sasl;
using ClassicBroker.Server.Control;
using ClassicBroker.Server.Security;

namespace ClassicBroker.Server.Handlers;

/// <summary>
/// AlterUserScramCredentials 0: sets and removes SCRAM credentials; of a user either all changes are made or none (KIP-554).
/// </summary>
public sealed class AlterUserScramCredentialsHandler(ControllerGateway controller, ScramUsers users)
    : RequestHandler<AlterUserScramCredentialsRequest, AlterUserScramCredentialsResponse>
{
    public override IReadOnlyList<AccessRule> Access { get; } = [AccessRule.Cluster(AclOperation.Alter)];

    public override async ValueTask<AlterUserScramCredentialsResponse?> HandleAsync(
        AlterUserScramCredentialsRequest request,
        RequestContext context)
    {
        var deletionsOf = request.Deletions.ToLookup(deletion => deletion.Name, StringComparer.Ordinal);
        var upsertionsOf = request.Upsertions.ToLookup(upsertion => upsertion.Name, StringComparer.Ordinal);
        var names = request.Deletions.Select(deletion => deletion.Name)
            .Concat(request.Upsertions.Select(upsertion => upsertion.Name))
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)
            .ToList();
        var present = await users.GetAllAsync();
        var results = new List<AlterUserScramCredentialsResponse.AlterUserScramCredentialsResult>();
        foreach (var name in names)
        {
            var deletions = deletionsOf[name].ToList();
            var upsertions = upsertionsOf[name].ToList();
            var refusal = FaultOf(name, deletions, upsertions, present.GetValueOrDefault(name)) is { } fault
                ? new AdminRefusal(fault.Error, fault.Message)
                : await ContainAsync(context, () => AlterAsync(name, deletions, upsertions), AdminRefusal.OfController);
            var (error, message) = refusal is null ? (ErrorCode.None, "") : (refusal.Error, refusal.Message);
            results.Add(new() { User = name, ErrorCode = error, ErrorMessage = message });
        }

        return new() { Results = [.. results] };
    }

    /// <summary>Users stand in two lists, and are answered once each.</summary>
    protected override AlterUserScramCredentialsResponse ErrorResponse(
        AlterUserScramCredentialsRequest request, ErrorCode error, short version) =>
        new()
        {
            Results =
            [
                .. request.Deletions.Select(deletion => deletion.Name)
                    .Concat(request.Upsertions.Select(upsertion => upsertion.Name))
                    .Distinct(StringComparer.Ordinal)
                    .Select(user => new AlterUserScramCredentialsResponse.AlterUserScramCredentialsResult
                    {
                        User = user,
                        ErrorCode = error,
                        ErrorMessage = null,
                    }),
            ],
        };

    private async Task<AdminRefusal?> AlterAsync(
        string user,
        List<AlterUserScramCredentialsRequest.ScramCredentialDeletion> deletions,
        List<AlterUserScramCredentialsRequest.ScramCredentialUpsertion> upsertions)
    {
        await users.AlterAsync(user, Changes(deletions, upsertions));
        return null;
    }

    private static List<(ScramMechanism Mechanism, ScramCredential? Credential)> Changes(
        List<AlterUserScramCredentialsRequest.ScramCredentialDeletion> deletions,
        List<AlterUserScramCredentialsRequest.ScramCredentialUpsertion> upsertions) =>
    [
        .. deletions.Select(deletion => ((ScramMechanism)deletion.Mechanism, (ScramCredential?)null)),
        .. upsertions.Select(upsertion => (
            (ScramMechanism)upsertion.Mechanism,
            (ScramCredential?)ScramCredential.FromSaltedPassword(
                (ScramMechanism)upsertion.Mechanism, upsertion.Salt, upsertion.SaltedPassword, upsertion.Iterations))),
    ];

    private (ErrorCode Error, string? Message)? FaultOf(
        string name,
        List<AlterUserScramCredentialsRequest.ScramCredentialDeletion> deletions,
        List<AlterUserScramCredentialsRequest.ScramCredentialUpsertion> upsertions,
        IReadOnlyDictionary<ScramMechanism, ScramCredential>? present)
    {
        var mechanisms = deletions.Select(deletion => deletion.Mechanism).Concat(
            upsertions.Select(upsertion => upsertion.Mechanism)).ToList();
        return !controller.IsActive ? (ErrorCode.NotController, null)
            : name.Length == 0 ? (ErrorCode.UnacceptableCredential, "Username must not be empty")
            : mechanisms.Any(mechanism => !ScramUsers.Mechanisms.Contains((ScramMechanism)mechanism))
                ? (ErrorCode.UnsupportedSaslMechanism, "Unknown SCRAM mechanism")
            : mechanisms.Distinct().Count() != mechanisms.Count
                ? (ErrorCode.DuplicateResource, "A user credential cannot be altered twice in the same request")
            : upsertions.Any(upsertion => upsertion.Iterations < ScramCredential.IterationsMin)
                ? (ErrorCode.UnacceptableCredential, "Too few iterations")
            : upsertions.Any(upsertion => upsertion.Iterations > ScramCredential.IterationsMax)
                ? (ErrorCode.UnacceptableCredential, "Too many iterations")
            : upsertions.Any(upsertion => upsertion.SaltedPassword.Length == 0) ? (ErrorCode.UnknownServerError, null)
            : deletions.Any(deletion => present?.ContainsKey((ScramMechanism)deletion.Mechanism) != true)
                ? (ErrorCode.ResourceNotFound, "Attempt to delete a user credential that does not exist")
            : null;
    }
}
