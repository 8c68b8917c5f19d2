using ClassicBroker.Primitives.Acls;
using ClassicBroker.Rpc.Authorization;

namespace ClassicBroker.Rpc.Tests.Authorization;

/// <summary>Permits what a test lists, such as <c>Read Topic t</c>, and remembers what it was asked.</summary>
internal sealed class ListedAuthorizer : IAuthorizer
{
    public HashSet<string> Permitted { get; } = [];

    public List<string> Asked { get; } = [];

    public bool Authorize(in Requester requester, AclOperation operation, AclResourceType type, string name, bool logsDenial)
    {
        Asked.Add($"{requester.Principal} {requester.Api} {operation} {type} {name}");
        return Permitted.Contains($"{operation} {type} {name}");
    }

    public bool AuthorizeByResourceType(in Requester requester, AclOperation operation, AclResourceType type) =>
        Permitted.Any(permitted => permitted.StartsWith($"{operation} {type} ", StringComparison.Ordinal));
}
