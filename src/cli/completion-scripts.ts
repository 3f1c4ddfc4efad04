// The scripts only carry words to `completion words` and back; what may stand where is known to the program alone.

/** Works in bash 3.2 too, which macOS has. Where no word fits, readline completes file names. */
const BASH = `# bash completion for ainstein-cms
_ainstein_cms() {
  local -a typed
  local at word line prefix last=-1 glued=
  for ((at = 1; at <= COMP_CWORD; at++)); do
    word=\${COMP_WORDS[at]}
    # Readline takes "=" and ":" for words of their own.
    if ((last >= 0)) && [[ -n $glued || $word =~ ^[=:]+$ ]]; then
      typed[last]+=$word
    else
      typed[++last]=$word
    fi
    glued=
    if [[ $word =~ ^[=:]+$ ]]; then glued=1; fi
  done
  word=\${typed[last]}
  if [[ $word == --*=* ]]; then word=\${word#*=}; fi
  # What readline replaces: the value alone, or the whole where it does not take "=" for a word.
  if [[ \${COMP_WORDS[COMP_CWORD]} == --*=* ]]; then prefix=\${COMP_WORDS[COMP_CWORD]%%=*}=; fi
  COMPREPLY=()
  while IFS= read -r line; do
    line=\${line%%$'\\t'*}
    if [[ $line != :* && $line == "$word"* ]]; then COMPREPLY+=("$prefix$line"); fi
  done < <(AINSTEIN_JSON=0 ainstein-cms completion words -- "\${typed[@]}" 2>/dev/null </dev/null)
}
complete -o bashdefault -o default -F _ainstein_cms ainstein-cms
`;

const ZSH = `#compdef ainstein-cms
# zsh completion for ainstein-cms
_ainstein-cms() {
  local line
  local -a lines described files
  lines=("\${(@f)$(AINSTEIN_JSON=0 ainstein-cms completion words -- "\${(@Q)words[2,CURRENT]}" 2>/dev/null </dev/null)}")
  if [[ $words[CURRENT] == --*=* ]]; then compset -P 1 '*='; fi
  for line in $lines; do
    case $line in
      :files) files=(_files) ;;
      :directories) files=(_files -/) ;;
      *$'\\t'*) described+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}") ;;
      *) described+=("\${line//:/\\\\:}") ;;
    esac
  done
  if (($#described)); then _describe -V 'ainstein-cms' described; fi
  $files
}
# From a directory of $fpath this is the body of the function at its first call, else a script.
if [[ $funcstack[1] == _ainstein-cms ]]; then
  _ainstein-cms "$@"
else
  if ! (($+functions[compdef])); then autoload -Uz compinit && compinit; fi
  compdef _ainstein-cms ainstein-cms
fi
`;

const FISH = `# fish completion for ainstein-cms
function __ainstein_cms_words
    set -l typed (commandline -opc)
    set -l word (commandline -ct)
    set -l flag (string match -r -- '^--[^=]+=' "$word")
    for line in (AINSTEIN_JSON=0 ainstein-cms completion words -- $typed[2..-1] "$word" 2>/dev/null </dev/null)
        switch $line
            case :files :directories
                # Those that fish itself finds, for a command that it knows nothing of.
                for file in (complete -C "'' "(string replace -- "$flag" '' "$word"))
                    echo "$flag$file"
                end
            case '*'
                echo "$flag$line"
        end
    end
end
complete -c ainstein-cms -f -k -a '(__ainstein_cms_words)'
`;

/** By the name of the shell. */
export const COMPLETION_SCRIPTS: ReadonlyMap<string, string> = new Map([
  ["bash", BASH],
  ["zsh", ZSH],
  ["fish", FISH],
]);
