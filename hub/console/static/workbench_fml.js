// FHIR Mapping Language for CodeMirror: colours only; what is right or wrong the hub's compiler says.
// Source: https://build.fhir.org/ig/HL7/mapping-language-ig/grammar.html

const WORDS = /^(?:map|uses|imports|let|conceptmap|alias|as|group|extends|source|target|queried|produced|then|where|check|log|default|first|last|not_first|not_last|only_one|share|single|collate|prefix|types|type)\b/;
const TRANSFORMS = /^(?:create|copy|translate|append|truncate|escape|cast|reference|pointer|uuid|evaluate|cc|c|qty|id|cp|dateOp|toDate|toDateTime|toTime)(?=\s*\()/;

export const fml = {
  name: "fml",
  startState: () => ({ comment: false, braces: 0 }),
  copyState: (state) => ({ ...state }),
  token(stream, state) {
    if (state.comment) {
      state.comment = !stream.match(/^.*?\*\//);
      if (state.comment) stream.skipToEnd();
      return "comment";
    }
    if (stream.eatSpace()) return null;
    if (stream.sol() && !state.braces && stream.match("///")) {
      stream.skipToEnd();
      return "meta";
    }
    if (stream.match("//")) {
      stream.skipToEnd();
      return "comment";
    }
    if (stream.match("/*")) {
      state.comment = !stream.match(/^.*?\*\//);
      if (state.comment) stream.skipToEnd();
      return "comment";
    }
    if (stream.match(/^"(?:[^"\\]|\\.)*"?/) || stream.match(/^'(?:[^'\\]|\\.)*'?/)) return "string";
    if (stream.match(/^`[^`]*`?/)) return "variableName";
    if (stream.match(/^@[\dT:.+\-Z]+/) || stream.match(/^\d+(?:\.\d+)?/)) return "number";
    if (stream.match(/^[%$]\w+/)) return "variableName.special";
    if (stream.match(TRANSFORMS)) return "variableName.function";
    if (stream.match(WORDS)) return "keyword";
    if (stream.match(/^[A-Z]\w*/)) return "typeName";
    if (stream.match(/^\.\s*\w+(?=\s*\()/)) return "variableName.function";
    if (stream.match(/^\.\s*\w+/)) return "propertyName";
    if (stream.match(/^\w+/)) return "variableName";
    if (stream.match(/^(?:->|<<|>>|<=|>=|!=|[=+*/&|<>~-])/)) return "operator";
    const sign = stream.next();
    if (sign === "{") state.braces += 1;
    if (sign === "}") state.braces = Math.max(0, state.braces - 1);
    return "punctuation";
  },
  indent: (state, after, context) => (state.braces - (after.startsWith("}") ? 1 : 0)) * context.unit,
  languageData: {
    commentTokens: { line: "//", block: { open: "/*", close: "*/" } },
    closeBrackets: { brackets: ["(", "{", "[", "'", '"'] },
  },
};
